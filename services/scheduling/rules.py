"""What must hold of appointments. Who has whom at what time is a matter of the database (calendar.py)."""

from __future__ import annotations

from collections.abc import Iterator

from shared.fhir.change import Change
from shared.fhir.issue import Issue
from shared.fhir.lifecycle import Moves, illegal_moves
from shared.fhir.types import Appointment, Slot

from .calendar import instant_of

NOTHING: frozenset[str] = frozenset()

APPOINTMENT_MAY_BECOME: Moves = {
    "fulfilled": frozenset({"entered-in-error", "noshow"}),
    "noshow": frozenset({"entered-in-error", "fulfilled", "arrived"}),
    "cancelled": frozenset({"entered-in-error"}),
    "entered-in-error": NOTHING,
}
"""http://hl7.org/fhir/R4/valueset-appointmentstatus.html; what did (not) take place can be corrected, a cancelled one is
booked anew."""


def an_appointment_moves_only_as_its_life_cycle_allows(change: Change[Appointment]) -> Iterator[Issue]:
    yield from illegal_moves(change, APPOINTMENT_MAY_BECOME)


def an_appointment_ends_after_it_starts(change: Change[Appointment]) -> Iterator[Issue]:
    start, end = change.after.get("start"), change.after.get("end")
    if start and end and instant_of(end) < instant_of(start):
        yield Issue("an appointment cannot end before it starts", "Appointment.end")


def a_slot_ends_after_it_starts(change: Change[Slot]) -> Iterator[Issue]:
    if instant_of(change.after["end"]) <= instant_of(change.after["start"]):
        yield Issue("a slot ends after it starts", "Slot.end")


APPOINTMENT = (an_appointment_moves_only_as_its_life_cycle_allows, an_appointment_ends_after_it_starts)
SLOT = (a_slot_ends_after_it_starts,)
