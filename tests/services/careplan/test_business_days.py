"""Due times by a practice's own calendar."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.careplan.business_days import Practice, business_days_after, calendar_days_after, is_calendar, is_zone
from services.careplan.transition import milestones, starts_a_clock
from shared.fhir.element import concept
from tests.services import building

BOSTON = Practice("America/New_York", "US-MA")


@pytest.mark.parametrize(
    ("discharged", "due"),
    [
        ("2026-05-18T14:00-04:00", "2026-05-20T23:59:59-04:00"),
        ("2026-05-14T14:00-04:00", "2026-05-18T23:59:59-04:00"),
        ("2026-05-16T14:00-04:00", "2026-05-19T23:59:59-04:00"),
        ("2026-05-22T15:30-04:00", "2026-05-27T23:59:59-04:00"),
        ("2026-03-05T12:00-05:00", "2026-03-09T23:59:59-04:00"),
        ("2026-05-19T03:30+00:00", "2026-05-20T23:59:59-04:00"),
    ],
    ids=[
        "midweek",
        "over a weekend",
        "on a Saturday",
        "before Memorial Day",
        "over the change of clocks",
        "yesterday in its zone",
    ],
)
def test_the_second_business_day_after_a_discharge(discharged: str, due: str) -> None:
    found = business_days_after(datetime.fromisoformat(discharged), 2, BOSTON)

    assert found == datetime.fromisoformat(due)


def test_a_state_has_holidays_of_its_own() -> None:
    patriots_day = datetime(2026, 4, 20, 12, tzinfo=UTC).date()

    assert not Practice(calendar="US-MA").works_on(patriots_day)
    assert Practice(calendar="US-CA").works_on(patriots_day)


def test_days_of_the_calendar_count_from_the_day_of_discharge_in_the_practices_zone() -> None:
    late_evening = datetime.fromisoformat("2026-05-23T01:30+00:00")

    assert calendar_days_after(late_evening, 7, BOSTON) == datetime.fromisoformat("2026-05-29T23:59:59-04:00")


def test_high_complexity_is_seen_within_seven_days_and_others_within_fourteen() -> None:
    discharged = datetime.fromisoformat("2026-05-22T15:30-04:00")

    assert milestones(discharged, "high", BOSTON).visit_due == datetime.fromisoformat("2026-05-29T23:59:59-04:00")
    assert milestones(discharged, "low", BOSTON).visit_due == datetime.fromisoformat("2026-06-05T23:59:59-04:00")


def test_the_window_is_thirty_days_with_the_day_of_discharge() -> None:
    found = milestones(datetime.fromisoformat("2026-05-01T10:00-04:00"), "high", BOSTON)

    assert found.window_ends == datetime.fromisoformat("2026-05-30T23:59:59-04:00")


@pytest.mark.parametrize("disposition", ["snf", "rehab", "long", "exp", "hosp"])
def test_no_clock_for_who_goes_to_another_facility_or_has_died(disposition: str) -> None:
    code = concept("http://terminology.hl7.org/CodeSystem/discharge-disposition", disposition)

    assert not starts_a_clock(building.a_discharge(hospitalization={"dischargeDisposition": code}))


def test_a_clock_for_a_stay_that_has_ended_and_for_nothing_else() -> None:
    assert starts_a_clock(building.a_discharge())
    assert starts_a_clock(building.a_discharge(**{"class": {"system": building.ACT_CODE, "code": "OBSENC"}}))
    assert not starts_a_clock(building.an_encounter())
    assert not starts_a_clock(building.an_encounter("EMER", status="finished", period={"end": "2026-05-22T19:30:00Z"}))
    assert not starts_a_clock(building.a_discharge(period={"start": "2026-05-11"}))


def test_only_calendars_and_zones_that_exist_are_taken() -> None:
    assert is_calendar("US-MA")
    assert is_calendar("DE")
    assert not is_calendar("US-XX")
    assert not is_calendar("Atlantis")
    assert is_zone("Europe/Berlin")
    assert not is_zone("Mars/Olympus")
