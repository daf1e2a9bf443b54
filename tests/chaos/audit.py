"""What must hold when all is quiet again: one function each, which yields a sentence for everything that does not."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from services.directory import DIRECTORY
from tests.chaos.book import Book, Place, Resource, tag_of
from tests.chaos.histories import World

OCCUPYING = frozenset({"pending", "booked", "arrived", "checked-in", "fulfilled"})
WORK = "urn:careloom:task"
SERVICE = "urn:careloom:service-request"


@dataclass(frozen=True, slots=True)
class Evidence:
    book: Book
    world: World


def nothing_was_wrong_at_once(evidence: Evidence) -> Iterator[str]:
    yield from evidence.book.complaints


def every_write_happened_as_it_was_answered(evidence: Evidence) -> Iterator[str]:
    """Acknowledged: once, where the answer said. Refused: never. Unknown: one or the other, and all of it or nothing."""
    found: dict[str, list[Place]] = defaultdict(list)
    for versions in evidence.world.versions.values():
        for known in versions:
            if tag := tag_of(known.resource):
                found[tag].append(Place(known.type, known.id, known.version))
    for write in evidence.book.writes.values():
        places = found.pop(write.tag, [])
        if write.told == "acknowledged" and not _are_those(places, write.places, write.count):
            yield f"{write.what} {write.tag} was acknowledged as {write.places}; it is stored as {places}"
        if write.told == "refused" and places:
            yield f"{write.what} {write.tag} was refused ({write.answer}); it is stored as {places}"
        if write.told == "unknown" and len(places) not in (0, write.count):
            yield f"{write.what} {write.tag} had no answer; of {write.count} versions {places} are stored"
    for tag, places in found.items():
        yield f"{tag} is stored as {places}, and nobody wrote it"


def deletions_happened_as_they_were_answered(evidence: Evidence) -> Iterator[str]:
    for (type, id), told in evidence.book.deletions.items():
        versions = evidence.world.versions.get(f"{type}/{id}", [])
        number = sum(not known.resource for known in versions)
        if not told.count("acknowledged") <= number <= len(told) - told.count("refused"):
            yield f"{type}/{id} was deleted {number} times; the answers were {told}"


def no_history_has_a_gap(evidence: Evidence) -> Iterator[str]:
    for reference, versions in evidence.world.versions.items():
        numbers = [known.version for known in versions]
        if numbers != list(range(1, len(numbers) + 1)):
            yield f"{reference} has the versions {numbers}"


def every_copy_equals_its_owner(evidence: Evidence) -> Iterator[str]:
    for (service, type), copies in evidence.world.copies.items():
        owner = DIRECTORY.owner(type) or ""
        owned = evidence.world.copies[owner, type]
        differing = {id for id in owned.keys() | copies.keys() if owned.get(id) != copies.get(id)}
        for id in sorted(differing)[:5]:
            yield f"{type}/{id} is version {owned.get(id)} at {owner}, {copies.get(id)} at {service} ({len(differing)} differ)"


def what_is_current_is_the_end_of_its_history(evidence: Evidence) -> Iterator[str]:
    for owner, types in DIRECTORY.owns.items():
        for type in types:
            ends = {id: int(each["meta"]["versionId"]) for id, each in evidence.world.current(type).items()}
            if ends != evidence.world.copies[owner, type]:
                yield f"a search of {type} at {owner} does not find what its history says"


def what_was_to_be_created_once_is_there_once(evidence: Evidence) -> Iterator[str]:
    for (type, name), ids in evidence.book.shared.items():
        there = {
            id
            for id, each in evidence.world.current(type).items()
            if any(identifier["value"] == name for identifier in each.get("identifier", ()))
        }
        if len(there) > 1 or not ids <= there:
            yield f"{type} {name}: answered were {sorted(ids)}, there are {sorted(there)}"


def nobody_is_booked_twice(evidence: Evidence) -> Iterator[str]:
    calendars: dict[str, list[tuple[datetime, datetime, str]]] = defaultdict(list)
    for id, each in evidence.world.current("Appointment").items():
        if each["status"] in OCCUPYING:
            for participant in each["participant"]:
                span = datetime.fromisoformat(each["start"]), datetime.fromisoformat(each["end"])
                calendars[participant["actor"]["reference"]].append((*span, id))
    for actor, spans in calendars.items():
        for (_, end, one), (start, _, other) in pairwise(sorted(spans)):
            if start < end:
                yield f"{actor} has Appointment/{one} and Appointment/{other} at the same time"


def every_discharge_started_one_clock(evidence: Evidence) -> Iterator[str]:
    raised: Counter[tuple[str, str]] = Counter()
    for each in evidence.world.current("Task").values():
        raised[each.get("focus", {}).get("reference", ""), _kind(each)] += 1
    plans = Counter(
        identifier["value"] for each in evidence.world.current("CarePlan").values() for identifier in each.get("identifier", ())
    )
    for encounter, discharge in evidence.book.discharges.items():
        allowed = {"acknowledged": {1}, "refused": {0}, "unknown": {0, 1}}[discharge.told]
        for kind in ("transition-contact", "transition-visit"):
            if (number := raised[f"Encounter/{encounter}", kind]) not in allowed:
                yield f"the discharge {encounter} ({discharge.told}) raised {number} tasks {kind}"
        if plans[discharge.case] != 1:
            yield f"the case {discharge.case} has {plans[discharge.case]} plans"


def every_timer_fired_once(evidence: Evidence) -> Iterator[str]:
    """What is overdue is escalated once, what is not yet due is not."""
    tasks = evidence.world.current("Task")
    about = Counter(each["focus"]["reference"] for each in tasks.values() if _kind(each) == "escalation")
    for id, task in tasks.items():
        if _kind(task).startswith("transition-"):
            discharge = evidence.book.discharges.get(task["focus"]["reference"].removeprefix("Encounter/"))
            if discharge and about[f"Task/{id}"] != discharge.overdue:
                yield f"Task/{id} was escalated {about[f'Task/{id}']} times; overdue: {discharge.overdue}"


def every_visit_was_counted_once(evidence: Evidence) -> Iterator[str]:
    used = {
        identifier["value"]: sum(
            int(each["value"])
            for item in answer["item"]
            for each in item["adjudication"]
            if each["category"]["coding"][0]["code"] == "used-visits"
        )
        for answer in evidence.world.current("ClaimResponse").values()
        for identifier in answer.get("identifier", ())
        if identifier["system"] == SERVICE
    }
    for request, told in evidence.book.visits.items():
        least, most = told.count("acknowledged"), len(told) - told.count("refused")
        if not least <= used.get(request, -1) <= most:
            yield f"of ServiceRequest/{request} {used.get(request)} visits were counted; their answers were {told}"


def every_handover_is_known_to_be_done(evidence: Evidence) -> Iterator[str]:
    for address, told in evidence.world.handovers.items():
        if told["status"] != "done":
            yield f"{address} is {told['status']}: {told['entries']}"


def only_poison_is_a_dead_letter(evidence: Evidence) -> Iterator[str]:
    for service, letters in evidence.world.letters.items():
        about = Counter(letter["about"] for letter in letters)
        for letter in letters:
            if letter["about"] not in evidence.book.poison:
                yield f"{service} gave up {letter['name']} of {letter['about']}: {letter['error']}"
        for poison, known in evidence.book.poison.items():
            hears = (service, known.type) in evidence.world.copies and DIRECTORY.owner(known.type) != service
            too_many = known.is_event and about[poison] > 1
            if hears and (too_many or (known.certain and not about[poison])):
                yield f"{service} has {about[poison]} dead letters about {poison}"


def _kind(task: Resource) -> str:
    return next((coding["code"] for coding in task["code"]["coding"] if coding["system"] == WORK), "")


def _are_those(places: list[Place], answered: tuple[Place, ...], count: int) -> bool:
    """Where an answer could not say the version yet, it is the first."""
    return len(places) == count and set(places) == {Place(each.type, each.id, each.version or 1) for each in answered}


CHECKS: tuple[Callable[[Evidence], Iterator[str]], ...] = (
    nothing_was_wrong_at_once,
    every_write_happened_as_it_was_answered,
    deletions_happened_as_they_were_answered,
    no_history_has_a_gap,
    every_copy_equals_its_owner,
    what_is_current_is_the_end_of_its_history,
    what_was_to_be_created_once_is_there_once,
    nobody_is_booked_twice,
    every_discharge_started_one_clock,
    every_timer_fired_once,
    every_visit_was_counted_once,
    every_handover_is_known_to_be_done,
    only_poison_is_a_dead_letter,
)
