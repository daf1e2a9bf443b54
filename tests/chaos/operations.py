"""What the driver does: plain writes, each decided by a random number generator of its own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.chaos import resources
from tests.chaos.book import Place, Resource, Write, place_at, place_of, tag_of, tagged
from tests.chaos.doors import Answer, Doors, owner
from tests.chaos.instance import SERVICES

JSON = {"Content-Type": "application/json"}
JSON_PATCH = {"Content-Type": "application/json-patch+json"}


@dataclass
class Worker:
    """One caller with resources of its own, which nobody else writes; it does one thing after the other."""

    doors: Doors
    number: int
    own: list[Place] = field(default_factory=list)
    booked: list[Place] = field(default_factory=list)
    done: int = 0

    def tag(self) -> str:
        return f"w{self.number}-{self.done}"

    def some(self, random: Random) -> Place | None:
        return self.own[random.randrange(len(self.own))] if self.own else None

    def replace(self, old: Place, new: Place | None) -> None:
        self.own.remove(old)
        if new:
            self.own.append(new)

    async def write(
        self, what: str, service: str, method: str, path: str, body: Any, tag: str, headers: dict[str, str] | None = None
    ) -> Answer:
        """Ask once, and note what one version of one resource it made."""
        answer = await self.doors.ask(service, method, path, body, headers)
        places = (place_of(answer.body),) if answer.told == "acknowledged" and tag_of(answer.body) == tag else ()
        made_nothing = answer.told == "acknowledged" and not places
        self.doors.book.note(Write(tag, what, "refused" if made_nothing else answer.told, 1, places, str(answer)))
        return answer


Operation = Callable[[Worker, Random], Awaitable[None]]


async def create(worker: Worker, random: Random) -> None:
    service = random.choice(SERVICES)
    resource = tagged(resources.any_of(random, service), worker.tag())
    answer = await worker.write("create", service, "POST", resource["resourceType"], resource, worker.tag())
    if answer.told == "acknowledged":
        worker.own.append(place_of(answer.body))


async def update(worker: Worker, random: Random) -> None:
    """Half of them only if nobody was there in between."""
    conditional, place = random.random() < 0.5, worker.some(random)
    if place is None:
        return
    resource = tagged(resources.KINDS[place.type](random) | {"id": place.id}, worker.tag())
    headers = {"If-Match": f'W/"{place.version}"'} if conditional else {}
    reference = f"{place.type}/{place.id}"
    await _changed(worker, place, "update", "PUT", reference, resource, headers)


async def patch(worker: Worker, random: Random) -> None:
    as_json_patch, place = random.random() < 0.5, worker.some(random)
    if place is None:
        return
    tag = worker.tag()
    if as_json_patch:
        body: Any = [
            {"op": "test", "path": "/id", "value": place.id},
            {"op": "replace", "path": "/meta/tag/0/code", "value": tag},
        ]
        await _changed(worker, place, "JSON patch", "PATCH", f"{place.type}/{place.id}", body, JSON_PATCH)
    else:
        body = {"meta": tagged({}, tag)["meta"], "language": random.choice(("de", "en", "fr"))}
        await _changed(worker, place, "merge patch", "PATCH", f"{place.type}/{place.id}", body, JSON)


async def read(worker: Worker, random: Random) -> None:
    """What was acknowledged is there, at least in that version."""
    place = worker.some(random)
    if place is None:
        return
    answer = await worker.doors.read(f"{place.type}/{place.id}")
    if answer.status == 200 and place_of(answer.body).version < place.version:
        worker.doors.book.complain(f"{place} was acknowledged, then read as version {place_of(answer.body).version}")
    if answer.status in (404, 410):
        worker.doors.book.complain(f"{place} was acknowledged, then answered {answer}")


async def delete(worker: Worker, random: Random) -> None:
    place = worker.some(random)
    if place is None:
        return
    answer = await worker.doors.ask(owner(place.type), "DELETE", f"{place.type}/{place.id}")
    worker.replace(place, None)
    worker.doors.book.deletions.setdefault((place.type, place.id), []).append(answer.told)


async def conditional_create(worker: Worker, random: Random) -> None:
    """Several workers want the same few; each must come into being once."""
    name = f"shared-{random.randrange(40)}"
    resource = tagged(resources.organization(name), worker.tag())
    headers = {"If-None-Exist": f"identifier=urn:chaos:shared|{name}"}
    answer = await worker.write("conditional create", "intake", "POST", "Organization", resource, worker.tag(), headers)
    _shared(worker, name, answer)


async def conditional_update(worker: Worker, random: Random) -> None:
    name = f"shared-{random.randrange(40)}"
    resource = tagged(resources.organization(name), worker.tag())
    path = f"Organization?identifier=urn:chaos:shared|{name}"
    answer = await worker.write("conditional update", "intake", "PUT", path, resource, worker.tag())
    _shared(worker, name, answer)


async def illegal(worker: Worker, random: Random) -> None:
    """What can't be stored: by the gate, or because somebody was faster."""
    place = worker.some(random)
    if random.random() < 0.5 or place is None:
        wrong = tagged(resources.patient(random) | {"gender": "no such code"}, worker.tag())
        await worker.write("illegal create", "intake", "POST", "Patient", wrong, worker.tag())
        return
    body = {"meta": tagged({}, worker.tag())["meta"]}
    headers = JSON | {"If-Match": 'W/"999999"'}
    await worker.write("late patch", owner(place.type), "PATCH", f"{place.type}/{place.id}", body, worker.tag(), headers)


async def transaction(worker: Worker, random: Random) -> None:
    """Some creates and a conditional one, all or nothing; of four, one is refused in its last entry."""
    service, fails = random.choice(SERVICES), random.random() < 0.25
    made = [tagged(resources.any_of(random, service), worker.tag()) for _ in range(random.randint(2, 6))]
    if fails:
        made.append(tagged({"resourceType": made[0]["resourceType"], "id": "no good"}, worker.tag()))
    await _bundle(worker, service, made)


async def handover(worker: Worker, random: Random) -> None:
    """A transaction for intake, with resources that other services own."""
    made = [tagged(resources.any_of(random, service), worker.tag()) for service in SERVICES]
    await _bundle(worker, "intake", made)


async def _bundle(worker: Worker, service: str, made: Sequence[Resource]) -> None:
    entries = [{"resource": each, "request": {"method": "POST", "url": each["resourceType"]}} for each in made]
    answer = await worker.doors.ask(service, "POST", "", {"resourceType": "Bundle", "type": "transaction", "entry": entries})
    places: tuple[Place, ...] = ()
    if answer.told == "acknowledged":
        places = tuple(place_at(entry["response"]["location"]) for entry in answer.body["entry"])
        worker.doors.book.handovers += filter(None, [answer.headers.get("Content-Location")])
    worker.doors.book.note(Write(worker.tag(), f"transaction at {service}", answer.told, len(made), places, str(answer)))


async def _changed(worker: Worker, place: Place, what: str, method: str, path: str, body: Any, headers: dict[str, str]) -> None:
    answer = await worker.write(what, owner(place.type), method, path, body, worker.tag(), headers)
    if answer.told == "acknowledged":
        worker.replace(place, place_of(answer.body))
    elif answer.told == "unknown":
        worker.own.remove(place)  # it may be written later yet, so that nobody can say any more what it should be


def _shared(worker: Worker, name: str, answer: Answer) -> None:
    ids = worker.doors.book.shared.setdefault(("Organization", name), set())
    if answer.told == "acknowledged":
        ids.add(str(answer.body["id"]))
    elif answer.status in (409, 412):
        worker.doors.book.complain(f"a conditional write of {name} was answered {answer}")
