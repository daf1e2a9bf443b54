"""Appointments for the services of a plan: found when it is in force and the payer has agreed, proposed and booked on request."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import timedelta
from functools import partial
from itertools import count
from typing import Any

from shared.events.event import Event
from shared.fhir import text
from shared.fhir.element import identifier, reference_to, sought, target_of, targets_of
from shared.fhir.issue import Resource
from shared.fhir.refusal import Conflict, Malformed, NotFound
from shared.kernel.ids import id_from
from shared.service import Call
from shared.store.transaction import Transaction
from shared.store.view import View

from .agreed import agreed_visits
from .calendar import instant_of, occupies, spans_of
from .finding import Free, Span, Visit, Wanted, find
from .vocabulary import SERVICE

HORIZON = timedelta(days=180)
USUAL_DURATION = timedelta(minutes=45)
DAYS_OF = {"d": 1, "wk": 7, "mo": 30}
MINUTES_OF = {"min": 1, "h": 60}

Missing = Callable[[Resource, list[Resource], View], int]
"""How many visits of a ServiceRequest are to be found, beside those that it has."""


def hear_plan(event: Event, tx: Transaction) -> None:
    """Any news of a CarePlan: once it is in force, its services get their times."""
    plan = tx.read("CarePlan", event.subject)
    if plan is not None:
        _arrange(plan, tx)


def hear_request(event: Event, tx: Transaction) -> None:
    """Any news of a ServiceRequest: of its plan."""
    _arrange_for([event.subject], tx)


def hear_payer(event: Event, tx: Transaction) -> None:
    """Any news of a payer's answer: of the service that it is about."""
    request = identifier(tx.read(event.type, event.subject) or event.resource, SERVICE)
    _arrange_for([request] if request else [], tx)


def schedule(call: Call, tx: Transaction) -> Resource:
    """`CarePlan/<id>/$schedule`: a Bundle of Appointments for what the plan lacks, missed visits included; not stored."""
    plan = tx.read("CarePlan", call.id)
    if plan is None:
        raise NotFound(f"CarePlan/{call.id} is not known here")
    return _bundle(_proposals(plan, _not_held_and_not_coming, tx))


def book(call: Call, tx: Transaction) -> Resource:
    """`Appointment/$book` (an Appointment, a Bundle of them, or Parameters `appointment`): all booked, or none.

    Raises Conflict where somebody is not free. Asked again with the same ids, it answers the same bookings.
    """
    wanted = _asked(call)
    if not wanted or any(one.get("resourceType") != "Appointment" for one in wanted):
        raise Malformed("$book takes Appointments, at least one, and nothing else")
    booked = [_book(appointment, tx) for appointment in wanted]
    return booked[0] if call.body.get("resourceType") == "Appointment" else _bundle(booked)


def _arrange_for(requests: Iterable[str], tx: Transaction) -> None:
    for id in requests:
        request = tx.read("ServiceRequest", id)
        for plan_id in targets_of((request or {}).get("basedOn"), "CarePlan"):
            plan = tx.read("CarePlan", plan_id)
            if plan is not None:
                _arrange(plan, tx)


def _arrange(plan: Resource, tx: Transaction) -> None:
    """Book what can be booked. A time that turns out to be taken is left to the manager, who asks for others."""
    for proposal in _proposals(plan, _not_yet_arranged, tx):
        with suppress(Conflict):
            tx.attempt(partial(_book, proposal, tx))


def _proposals(plan: Resource, missing: Missing, view: Transaction) -> list[Resource]:
    """Proposed Appointments for each service of a plan that is in force."""
    if plan["status"] != "active" or not target_of(plan["subject"]).startswith("Patient/"):
        return []
    found: list[Resource] = []
    busy = spans_of(target_of(plan["subject"]), view)
    for id in targets_of((activity.get("reference", {}) for activity in plan.get("activity", ())), "ServiceRequest"):
        request = view.read("ServiceRequest", id)
        if request is None or request["status"] != "active":
            continue
        known = view.search(f"Appointment?based-on=ServiceRequest/{id}")
        visits = _find(request, known, missing(request, known, view), busy, view)
        busy += [Span(visit.start, visit.end) for visit in visits]
        ids = _new_ids(id, len(known), view)
        found += [_appointment(request, visit, next(ids), view) for visit in visits]
    return found


def _not_yet_arranged(request: Resource, known: list[Resource], view: View) -> int:
    """By itself the calendar books each agreed visit once; what was missed or cancelled is for a person to book again."""
    return agreed_visits(request, view) - len(known)


def _not_held_and_not_coming(request: Resource, known: list[Resource], _view: View) -> int:
    wanted = int(float(request.get("quantityQuantity", {}).get("value", 1)))
    return wanted - sum(occupies(appointment) for appointment in known)


def _find(request: Resource, known: list[Resource], number: int, busy: list[Span], tx: Transaction) -> list[Visit]:
    if number <= 0:
        return []
    coming = [instant_of(appointment["start"]) for appointment in known if occupies(appointment)]
    wanted = Wanted(number, _duration(request), _apart(request), tx.now, max(coming, default=None))
    return find(wanted, _free(request, tx), busy)


def _free(request: Resource, tx: Transaction) -> list[Free]:
    """Free slots of the schedules with the specialty that performs this service."""
    coded = (coding for coding in request.get("performerType", {}).get("coding", ()) if "code" in coding)
    specialties = [sought(coding["code"], coding.get("system", "")) for coding in coded]
    if not specialties:
        return []
    schedules = {f"Schedule/{each['id']}": each for each in tx.search(f"Schedule?specialty={','.join(specialties)}")}
    if not schedules:
        return []
    window = f"start=ge{text.instant(tx.now)}&start=lt{text.instant(tx.now + HORIZON)}"
    slots = tx.search(f"Slot?schedule={','.join(schedules)}&status=free&{window}&_sort=start")
    busy = {key: [span for actor in each["actor"] for span in spans_of(target_of(actor), tx)] for key, each in schedules.items()}
    free = (Free(slot["id"], target_of(slot["schedule"]), instant_of(slot["start"]), instant_of(slot["end"])) for slot in slots)
    return [slot for slot in free if not any(span.overlaps(slot.start, slot.end) for span in busy[slot.schedule])]


def _new_ids(request: str, known: int, view: View) -> Iterator[str]:
    """The ids of a service's visits from the first that is not taken: made again, they are the same."""
    numbered = (id_from("visit", request, str(number)) for number in count(known))
    return (id for id in numbered if view.current("Appointment", id) is None)


def _appointment(request: Resource, visit: Visit, id: str, view: View) -> Resource:
    schedule = view.read("Schedule", visit.free.schedule.removeprefix("Schedule/")) or {}
    actors = [target_of(request["subject"]), *map(target_of, schedule.get("actor", ()))]
    found: Resource = {
        "resourceType": "Appointment",
        "id": id,
        "status": "proposed",
        "description": request.get("code", {}).get("text", "visit"),
        "start": text.instant(visit.start),
        "end": text.instant(visit.end),
        "minutesDuration": int((visit.end - visit.start).total_seconds() // 60),
        "slot": [reference_to(f"Slot/{visit.free.slot}")],
        "basedOn": [reference_to(request)],
        "participant": [{"actor": reference_to(actor), "status": "accepted"} for actor in actors if actor],
    }
    if "performerType" in request:
        found["specialty"] = [request["performerType"]]
    return found


def _book(appointment: Resource, tx: Transaction) -> Resource:
    return tx.save(appointment | {"status": "booked"})


def _asked(call: Call) -> list[Resource]:
    body = call.body
    if body.get("resourceType") == "Appointment":
        return [body]
    if body.get("resourceType") == "Bundle":
        return [entry["resource"] for entry in body.get("entry", ()) if "resource" in entry]
    return [each.get("resource", {}) for each in body.get("parameter", ()) if each.get("name") == "appointment"]


def _bundle(resources: list[Resource]) -> Resource:
    bundle: Resource = {"resourceType": "Bundle", "type": "collection"}
    return bundle | {"entry": [{"resource": resource} for resource in resources]} if resources else bundle


def _duration(request: Resource) -> timedelta:
    repeat: dict[str, Any] = request.get("occurrenceTiming", {}).get("repeat", {})
    minutes = float(repeat.get("duration", 0)) * MINUTES_OF.get(repeat.get("durationUnit", ""), 0)
    return timedelta(minutes=minutes) or USUAL_DURATION


def _apart(request: Resource) -> timedelta:
    """The least time between two visits: of three a week, two days; counted in whole days so that any hour of a day will do."""
    repeat: dict[str, Any] = request.get("occurrenceTiming", {}).get("repeat", {})
    days = float(repeat.get("period", 1)) * DAYS_OF.get(repeat.get("periodUnit", ""), 0)
    return timedelta(days=int(days / int(repeat.get("frequency", 1))))
