"""One name for each change: what others are told."""

from __future__ import annotations

from typing import Any

import pytest

from services.careplan import announcements as careplan
from services.coverage import announcements as coverage
from services.intake import announcements as intake
from services.scheduling import announcements as scheduling
from shared.fhir.change import Change, name_of
from tests.services import building

STAY, DISCHARGED = building.an_encounter(), building.a_discharge()


@pytest.mark.parametrize(
    ("before", "after", "name"),
    [
        (None, STAY, "admitted"),
        (building.an_encounter(status="planned"), STAY, "admitted"),
        (building.an_encounter("AMB"), STAY, "admitted"),
        (STAY, building.an_encounter(length={"value": 1}), "updated"),
        (STAY, DISCHARGED, "discharged"),
        (None, DISCHARGED, "discharged"),
        (DISCHARGED, STAY, "admitted"),
        (None, building.an_encounter("EMER"), "emergency"),
        (building.an_encounter("EMER", status="planned"), building.an_encounter("EMER", status="triaged"), "emergency"),
        (building.an_encounter("EMER"), STAY, "admitted"),
        (building.an_encounter("EMER"), building.an_encounter("EMER", status="finished"), "finished"),
        (STAY, building.an_encounter(status="cancelled"), "cancelled"),
        (None, building.an_encounter("AMB"), "created"),
        (None, building.an_encounter(**{"class": {"system": "urn:elsewhere", "code": "IMP"}}), "created"),
    ],
)
def test_an_encounter_is_told_in_the_words_of_the_ward(before: Any, after: Any, name: str) -> None:
    assert name_of(Change(before, after), intake.ENCOUNTER) == name


@pytest.mark.parametrize(
    ("before", "after", "name"),
    [
        (None, building.a_case(), "opened"),
        (building.a_case(status="waitlist"), building.a_case(), "opened"),
        (None, building.a_case(status="waitlist"), "waiting"),
        (building.a_case(), building.a_case(status="finished"), "closed"),
        (building.a_case(), building.a_case(acuity="low"), "updated"),
    ],
)
def test_a_case_is_opened_waits_and_is_closed(before: Any, after: Any, name: str) -> None:
    assert name_of(Change(before, after), intake.EPISODE_OF_CARE) == name


def test_a_plan_is_activated_once() -> None:
    draft, active = building.a_plan(status="draft"), building.a_plan()

    assert name_of(Change(draft, active), careplan.CARE_PLAN) == "activated"
    assert name_of(Change(active, building.a_plan(title="new")), careplan.CARE_PLAN) == "updated"


def test_a_goal_is_achieved_when_it_is_said_for_the_first_time() -> None:
    goal = {"resourceType": "Goal", "lifecycleStatus": "active"}
    achieved = goal | {"achievementStatus": {"coding": [{"code": "achieved"}]}}

    assert name_of(Change(goal, achieved), careplan.GOAL) == "achieved"
    assert name_of(Change(achieved, achieved | {"note": []}), careplan.GOAL) == "updated"


@pytest.mark.parametrize("status", ["booked", "arrived", "fulfilled", "noshow", "cancelled"])
def test_an_appointment_is_told_by_its_status(status: str) -> None:
    change = Change(building.an_appointment(status="pending"), building.an_appointment(status=status))

    assert name_of(change, scheduling.APPOINTMENT) == status


def test_a_booked_appointment_at_another_time_has_moved() -> None:
    later = building.an_appointment(start="2026-05-29T13:00:00Z", end="2026-05-29T13:45:00Z")

    assert name_of(Change(building.an_appointment(), later), scheduling.APPOINTMENT) == "moved"


def test_an_authorization_is_decided_runs_out_and_is_over() -> None:
    def standing(code: str) -> building.Resource:
        return building.an_authorization(extension=[{"url": "urn:careloom:standing", "valueCode": code}])

    waiting, decided = building.an_authorization(outcome="queued"), building.an_authorization()

    assert name_of(Change(waiting, decided), coverage.CLAIM_RESPONSE) == "decided"
    assert name_of(Change(decided, building.an_authorization(used=3)), coverage.CLAIM_RESPONSE) == "updated"
    assert name_of(Change(decided, standing("running-out")), coverage.CLAIM_RESPONSE) == "running-out"
    assert name_of(Change(standing("running-out"), standing("used-up")), coverage.CLAIM_RESPONSE) == "used-up"
    assert name_of(Change(standing("running-out"), standing("expired")), coverage.CLAIM_RESPONSE) == "expired"


def test_an_ordinary_claim_is_not_a_decision() -> None:
    assert name_of(Change(None, building.an_authorization(use="claim")), coverage.CLAIM_RESPONSE) == "created"
