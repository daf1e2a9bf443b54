"""What must hold of encounters and cases."""

from __future__ import annotations

from collections.abc import Iterator

from shared.fhir.change import Change
from shared.fhir.issue import Issue
from shared.fhir.lifecycle import Moves, illegal_moves
from shared.fhir.types import Encounter, EpisodeOfCare

from .period import begin_of, end_of

ENTERED_IN_ERROR = frozenset({"entered-in-error"})

ENCOUNTER_MAY_BECOME: Moves = {"entered-in-error": frozenset()}
"""A feed takes steps back (A11, A13 undo what was said); what was a mistake stays one."""

CASE_MAY_BECOME: Moves = {
    "planned": frozenset({"waitlist", "active", "cancelled", "entered-in-error"}),
    "waitlist": frozenset({"planned", "active", "finished", "cancelled", "entered-in-error"}),
    "active": frozenset({"onhold", "waitlist", "finished", "cancelled", "entered-in-error"}),
    "onhold": frozenset({"active", "finished", "cancelled", "entered-in-error"}),
    "finished": ENTERED_IN_ERROR,
    "cancelled": ENTERED_IN_ERROR,
    "entered-in-error": frozenset(),
}
"""http://hl7.org/fhir/R4/valueset-episode-of-care-status.html; a closed case stays closed: the next one is a new case."""


def an_encounter_does_not_come_back_from_being_a_mistake(change: Change[Encounter]) -> Iterator[Issue]:
    yield from illegal_moves(change, ENCOUNTER_MAY_BECOME)


def a_case_moves_only_as_its_life_cycle_allows(change: Change[EpisodeOfCare]) -> Iterator[Issue]:
    yield from illegal_moves(change, CASE_MAY_BECOME)


def a_case_stays_with_its_patient(change: Change[EpisodeOfCare]) -> Iterator[Issue]:
    if change.before and change.before["patient"].get("reference") != change.after["patient"].get("reference"):
        yield Issue("a case cannot move to another patient", "EpisodeOfCare.patient")


def a_case_ends_after_it_starts(change: Change[EpisodeOfCare]) -> Iterator[Issue]:
    period = change.after.get("period", {})
    if "start" in period and "end" in period and end_of(period["end"]) <= begin_of(period["start"]):
        yield Issue("a case cannot end before it starts", "EpisodeOfCare.period")


ENCOUNTER = (an_encounter_does_not_come_back_from_being_a_mistake,)
EPISODE_OF_CARE = (a_case_moves_only_as_its_life_cycle_allows, a_case_stays_with_its_patient, a_case_ends_after_it_starts)
