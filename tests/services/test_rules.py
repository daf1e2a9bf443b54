"""Rules as sentences: what can't be true is refused, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from services.careplan import rules as careplan
from services.coverage import rules as coverage
from services.intake import rules as intake
from services.scheduling import rules as scheduling
from shared.fhir.change import Change, Rule
from tests.services import building


def refused(rules: Sequence[Rule], before: dict[str, Any] | None, after: dict[str, Any]) -> list[str]:
    return [issue.expression for rule in rules for issue in rule(Change(before, after))]


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ("draft", "active"),
        ("active", "on-hold"),
        ("on-hold", "active"),
        ("active", "completed"),
        ("completed", "entered-in-error"),
    ],
)
def test_a_plan_moves_along_its_life_cycle(was: str, becomes: str) -> None:
    assert not refused(careplan.CARE_PLAN, building.a_plan(status=was), building.a_plan(status=becomes))


@pytest.mark.parametrize(
    ("was", "becomes"),
    [("entered-in-error", "active"), ("completed", "active"), ("revoked", "draft"), ("active", "draft"), ("draft", "completed")],
)
def test_a_plan_does_not_move_against_its_life_cycle(was: str, becomes: str) -> None:
    found = refused(careplan.CARE_PLAN, building.a_plan(status=was), building.a_plan(status=becomes))

    assert found == ["CarePlan.status"]


def test_a_plan_may_arrive_with_any_status() -> None:
    assert not refused(careplan.CARE_PLAN, None, building.a_plan(status="entered-in-error"))


def test_a_completed_plan_names_each_activity_that_is_open_without_a_reason() -> None:
    done = {"detail": {"status": "completed"}}
    left = {"detail": {"status": "in-progress"}}
    explained = {"detail": {"status": "on-hold", "statusReason": {"text": "moved away"}}}
    plan = building.a_plan(status="completed", activity=[done, left, explained])

    assert refused(careplan.CARE_PLAN, building.a_plan(), plan) == ["CarePlan.activity[1]"]
    assert not refused(careplan.CARE_PLAN, None, plan), "a plan that arrives completed is a record"


def test_a_reason_of_the_plan_counts_for_every_activity() -> None:
    reason = {"url": "http://hl7.org/fhir/StructureDefinition/request-statusReason", "valueCodeableConcept": {"text": "moved"}}
    plan = building.a_plan(status="completed", activity=[{"detail": {"status": "in-progress"}}], extension=[reason])

    assert not refused(careplan.CARE_PLAN, building.a_plan(), plan)


def test_a_plan_stays_with_its_patient() -> None:
    other = building.a_plan(subject={"reference": "Patient/other"})

    assert refused(careplan.CARE_PLAN, building.a_plan(), other) == ["CarePlan.subject"]


@pytest.mark.parametrize("was", ["completed", "cancelled", "failed", "rejected", "entered-in-error"])
def test_a_task_that_has_ended_does_not_begin_again(was: str) -> None:
    task = {"resourceType": "Task", "intent": "order"}

    assert refused(careplan.TASK, task | {"status": was}, task | {"status": "requested"}) == ["Task.status"]


def test_a_closed_case_is_not_opened_again() -> None:
    closed, reopened = building.a_case(status="finished"), building.a_case(status="active")

    assert refused(intake.EPISODE_OF_CARE, closed, reopened) == ["EpisodeOfCare.status"]


def test_a_case_ends_after_it_starts() -> None:
    wrong = building.a_case(period={"start": "2026-05-11T12:00:00Z", "end": "2026-05-10"})
    right = building.a_case(period={"start": "2026-05-11T12:00:00Z", "end": "2026-05"})

    assert refused(intake.EPISODE_OF_CARE, None, wrong) == ["EpisodeOfCare.period"]
    assert not refused(intake.EPISODE_OF_CARE, None, building.a_case(period={"start": "2026-05-11", "end": "2026-05-11"}))
    assert not refused(intake.EPISODE_OF_CARE, None, right)


def test_a_feed_may_take_a_discharge_back() -> None:
    assert not refused(intake.ENCOUNTER, building.a_discharge(), building.an_encounter())


def test_an_encounter_does_not_come_back_from_being_a_mistake() -> None:
    mistake = building.an_encounter(status="entered-in-error")

    assert refused(intake.ENCOUNTER, mistake, building.an_encounter()) == ["Encounter.status"]


def test_an_appointment_that_did_not_take_place_can_be_corrected_but_a_cancelled_one_is_booked_anew() -> None:
    fulfilled = building.an_appointment(status="fulfilled")

    assert not refused(scheduling.APPOINTMENT, building.an_appointment(status="noshow"), fulfilled)
    cancelled = building.an_appointment(status="cancelled")
    assert refused(scheduling.APPOINTMENT, cancelled, building.an_appointment()) == ["Appointment.status"]


def test_an_appointment_ends_after_it_starts_whatever_zones_its_times_are_written_in() -> None:
    right = building.an_appointment(start="2026-05-28T15:00:00+02:00", end="2026-05-28T13:45:00Z")
    wrong = building.an_appointment(start="2026-05-28T13:00:00Z", end="2026-05-28T14:00:00+02:00")

    assert not refused(scheduling.APPOINTMENT, None, right)
    assert refused(scheduling.APPOINTMENT, None, wrong) == ["Appointment.end"]


def test_a_decision_on_an_authorization_does_not_go_back_to_waiting() -> None:
    decided, waiting = building.an_authorization(), building.an_authorization(outcome="queued")

    assert refused(coverage.CLAIM_RESPONSE, decided, waiting) == ["ClaimResponse.outcome"]
