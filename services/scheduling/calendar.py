"""Whose time an appointment takes: claims that the database keeps from overlapping, whichever door a booking comes through."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from shared.fhir import text
from shared.fhir.change import Change
from shared.fhir.element import codes_in, target_of, targets_of
from shared.fhir.issue import Issue, Resource
from shared.fhir.refusal import Conflict
from shared.store.transaction import Transaction
from shared.store.view import View

from .finding import Span
from .vocabulary import PHYSICAL_TYPE

OCCUPYING = frozenset({"pending", "booked", "arrived", "checked-in", "fulfilled"})
PEOPLE = ("Patient", "Practitioner", "RelatedPerson")
PLACES = frozenset({"ro", "bd", "ve"})
ALTERNATIVES = 3


def keep_claims(change: Change[Any], tx: Transaction) -> None:
    """With every write of an Appointment: what it took is given back, and what it takes now is claimed.

    Times are half-open. What ended before now is history and collides with nothing. Raises Conflict, with the next free
    times of the same schedules.
    """
    appointment, owner = change.after, f"Appointment/{change.after['id']}"
    tx.release(owner)
    if not change.deleted and occupies(appointment) and instant_of(appointment["end"]) > tx.now:
        _claim(appointment, owner, tx)
    _keep_slots(change, tx)


def occupies(appointment: Mapping[str, Any]) -> bool:
    return appointment["status"] in OCCUPYING and "start" in appointment and "end" in appointment


def instant_of(said: str) -> datetime:
    """A FHIR instant, in UTC."""
    return datetime.fromisoformat(said).astimezone(UTC)


def spans_of(actor: str, view: View) -> list[Span]:
    """The times that somebody's appointments take (as far as they name this actor)."""
    statuses = ",".join(sorted(OCCUPYING))
    found = view.search(f"Appointment?actor={actor}&status={statuses}")
    return [Span(instant_of(each["start"]), instant_of(each["end"])) for each in found if occupies(each)]


def claimed(appointment: Mapping[str, Any], view: View) -> list[str]:
    """The people, rooms, beds and vehicles that have not declined, as `Type/id`; a practitioner through any of their roles."""
    actors = (target_of(each.get("actor")) for each in appointment["participant"] if each["status"] != "declined")
    return sorted({key for actor in actors if actor and (key := _key(actor, view))})


def _claim(appointment: Resource, owner: str, tx: Transaction) -> None:
    start, end = instant_of(appointment["start"]), instant_of(appointment["end"])
    for key in claimed(appointment, tx):
        try:
            tx.claim(key, start, end, owner)
        except Conflict as taken:
            raise Conflict(*taken.issues, *_alternatives(appointment, start, tx)) from None


def _key(actor: str, view: View) -> str:
    type, id = actor.split("/")
    if type in PEOPLE:
        return actor
    if type == "PractitionerRole":
        return target_of((view.read(type, id) or {}).get("practitioner")) or actor
    if type == "Location":
        location = view.read(type, id) or {}
        return actor if PLACES & set(codes_in(location.get("physicalType"), PHYSICAL_TYPE)) else ""
    return ""


def _alternatives(appointment: Resource, start: datetime, view: View) -> Iterable[Issue]:
    """The next free slots of the schedules that the appointment's slots belong to."""
    slots = [view.read("Slot", id) for id in targets_of(appointment.get("slot"), "Slot")]
    schedules = sorted({target_of(slot["schedule"]) for slot in slots if slot})
    if not schedules:
        return
    query = f"Slot?schedule={','.join(schedules)}&status=free&start=ge{text.instant(start)}&_sort=start"
    own = targets_of(appointment.get("slot"), "Slot")
    for slot in [slot for slot in view.search(query) if slot["id"] not in own][:ALTERNATIVES]:
        sentence = f"free: Slot/{slot['id']} {slot['start']} to {slot['end']}"
        yield Issue(sentence, code="informational", severity="information", status=409)


def _keep_slots(change: Change[Any], tx: Transaction) -> None:
    """Slots of an appointment are busy while it takes its time, and free again afterwards."""
    now = _slots(change.after) if not change.deleted and occupies(change.after) else frozenset()
    for id in sorted((_slots(change.before) if change.before else frozenset()) - now):
        _mark(id, "busy", "free", tx)
    for id in sorted(now):
        _mark(id, "free", "busy", tx)


def _slots(appointment: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(targets_of(appointment.get("slot"), "Slot"))


def _mark(id: str, was: str, status: str, tx: Transaction) -> None:
    slot = tx.read("Slot", id)
    if slot is not None and slot["status"] == was:
        tx.save(slot | {"status": status})
