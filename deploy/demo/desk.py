"""The case manager's desk: what the services ask her to do, done when it is due."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any

from .cast import PRIMARY, ZONE
from .stage import Resource, Stage
from .timeline import Say

WORK, ACTIVITY, SERVICE = "urn:careloom:task", "urn:careloom:activity", "urn:careloom:service-request"
AFTERNOON = time(14)
"""When she does what is due at the end of a day; what is due before, an hour ahead."""

MISSES = "4"
"""The number of the check-in that she is late with."""

DONE: Mapping[str, str] = {
    "transition-contact": "calls {name} after the discharge: in time",
    "transition-visit": "visits {name} at home after the discharge: in time",
    "medication-review": "goes through the medicines with {name}",
    "education": "explains the injury and its course to {name} and the family",
    "alert": "calls the emergency department: {name} is fine and goes home",
    "plan-review": "reviews the plan: therapies go on, one hour less a week of screens",
    "escalation": "does what was overdue",
}


class Desk:
    """`clear(until)` does all that is due before an instant, in the order in which it is due."""

    def __init__(self, stage: Stage, say: Say, name: str, patient: str) -> None:
        self._stage = stage
        self._say = say
        self._name = name
        self._patient = patient

    async def clear(self, until: datetime) -> None:
        while work := [task for task in await self._waiting() if _due(task) <= until]:
            next_one = min(work, key=_due)
            self._stage.move_to(max(self._stage.now, _moment_for(next_one)))
            await self.at_once(next_one)

    async def task(self, kind: str, about: str) -> Resource | None:
        """The open task of a kind about something (`Type/id`)."""
        found = await self._stage.search(f"Task?code={WORK}|{kind}&focus={about}&status=requested")
        return found[0] if found else None

    async def _waiting(self) -> list[Resource]:
        return await self._stage.search(f"Task?patient={self._patient}&status=requested")

    async def at_once(self, task: Resource) -> None:
        """Do a task that was just raised."""
        kind = _kind(task)
        if kind == "check-in":
            await self._check_in(task)
            return
        if kind == "renewal":
            await self._renew(task)
            return
        if kind == "missed-visit":
            await self._book_again(task)
        else:
            self._manager(DONE.get(kind, "does: " + task.get("description", kind)).format(name=self._name))
        await self._complete(task)

    async def _check_in(self, task: Resource) -> None:
        number = task["identifier"][0]["value"].rpartition("/")[2]
        if number == MISSES:
            self._stage.move_to(_due(task) + timedelta(minutes=1))
            await self._stage.until(lambda: self._overdue(task), "overdue check-in")
            self._say(self._stage.now, "careplan", f"check-in {number} is overdue, and shows it; the next one is planned")
            self._stage.move_to(self._stage.now + timedelta(minutes=30))
        self._manager(f"check-in {number} with {self._name}")
        await self._complete(task)

    async def _overdue(self, task: Resource) -> bool:
        return "businessStatus" in (await self._stage.read(f"Task/{task['id']}") or {})

    async def _book_again(self, task: Resource) -> None:
        missed = await self._stage.read(task["focus"]["reference"])
        plan = task["basedOn"][0]["reference"]
        proposal = await self._stage.operation(f"{plan}/$schedule", service="scheduling")
        wanted = [
            entry["resource"] for entry in proposal["entry"] if missed and entry["resource"]["basedOn"] == missed["basedOn"]
        ]
        booked = await self._stage.operation("Appointment/$book", wanted[0])
        self._manager(f"asks why; {booked['description']} is booked again")
        self._say(self._stage.now, "scheduling", f"{booked['description']} booked for {local(booked['start'])}")

    async def _renew(self, task: Resource) -> None:
        """Ask for what the plan still needs beyond what was approved."""
        answer = await self._stage.read(task["focus"]["reference"]) or {}
        request_id = next(each["value"] for each in answer["identifier"] if each["system"] == SERVICE)
        request = await self._stage.read(f"ServiceRequest/{request_id}") or {}
        first = await self._stage.read(answer["request"]["reference"]) or {}
        approved = sum(_adjudicated(answer, "approved-visits"))
        claim = {key: value for key, value in first.items() if key not in ("identifier", "meta")}
        claim |= {
            "id": f"{first['id'][:24]}-renewal",
            "created": self._stage.now.isoformat(),
            "insurer": {"reference": PRIMARY},
            "related": [{"claim": answer["request"]}],
            "item": [claim["item"][0] | {"quantity": {"value": request["quantityQuantity"]["value"] - approved}}],
        }
        await self._stage.put(claim)
        self._manager(f"asks for a renewal: {claim['item'][0]['quantity']['value']} more visits")
        granted = await self._stage.until(lambda: self._granted(claim["id"]), "decision on the renewal")
        self._say(self._stage.now, "coverage", f"renewal approved: {sum(_adjudicated(granted, 'approved-visits'))} visits")
        closed = await self._stage.until(lambda: self._withdrawn(task), "end of the renewal's task")
        self._say(self._stage.now, "careplan", f"the task is withdrawn: {closed}")

    async def _granted(self, claim: str) -> Resource | None:
        found = await self._stage.search(f"ClaimResponse?request=Claim/{claim}&outcome=complete")
        return found[0] if found else None

    async def _withdrawn(self, task: Resource) -> str:
        known = await self._stage.read(f"Task/{task['id']}") or {}
        return str(known["statusReason"]["text"]) if known.get("status") == "cancelled" else ""

    async def _complete(self, task: Resource) -> None:
        await self._stage.change(f"Task/{task['id']}", status="completed")

    def _manager(self, sentence: str) -> None:
        self._say(self._stage.now, "Nadia", sentence)


def _kind(task: Resource) -> str:
    return next((coding["code"] for coding in task["code"]["coding"] if coding["system"] in (WORK, ACTIVITY)), "")


def _due(task: Resource) -> datetime:
    return datetime.fromisoformat(task["restriction"]["period"]["end"])


def _moment_for(task: Resource) -> datetime:
    due = _due(task).astimezone(ZONE)
    return min(due - timedelta(hours=1), datetime.combine(due, AFTERNOON, ZONE))


def _adjudicated(answer: Resource, code: str) -> list[int]:
    adjudications: list[dict[str, Any]] = [each for item in answer.get("item", ()) for each in item["adjudication"]]
    return [int(each["value"]) for each in adjudications if each["category"]["coding"][0]["code"] == code]


def local(instant: str) -> str:
    """`Thu 28 May 09:00`, in the practice's zone."""
    return f"{datetime.fromisoformat(instant).astimezone(ZONE):%a %-d %b %H:%M}"
