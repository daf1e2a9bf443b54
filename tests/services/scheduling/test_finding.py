"""Times for visits: free, in rhythm, out of each other's way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from services.scheduling.agreed import agreed
from services.scheduling.finding import Free, Span, Wanted, find
from tests.services.building import an_answer, an_authorization

DAY = timedelta(days=1)
NINE = datetime(2026, 5, 25, 9, tzinfo=UTC)


def free(day: int, hour: int = 9, schedule: str = "mei", minutes: int = 60) -> Free:
    start = NINE.replace(hour=hour) + (day - 25) * DAY
    return Free(f"{schedule}-{day}-{hour}", f"Schedule/{schedule}", start, start + timedelta(minutes=minutes))


def wanted(count: int = 1, minutes: int = 45, apart: timedelta = 3 * DAY, **more: datetime) -> Wanted:
    return Wanted(count, timedelta(minutes=minutes), apart, **({"earliest": NINE} | more))


def days(visits: list[object]) -> list[int]:
    return [visit.start.day for visit in visits]  # type: ignore[attr-defined]


def test_visits_keep_their_distance() -> None:
    found = find(wanted(3), [free(day) for day in range(25, 32)], [])

    assert days(found) == [25, 28, 31]


def test_the_next_visit_keeps_its_distance_from_one_that_is_booked() -> None:
    found = find(wanted(last_visit=NINE), [free(day) for day in range(25, 32)], [])

    assert days(found) == [28]


def test_a_slot_that_is_too_short_is_passed_over() -> None:
    assert days(find(wanted(), [free(25, minutes=30), free(26)], [])) == [26]


def test_the_patients_other_visits_are_in_the_way_but_one_that_ends_then_is_not() -> None:
    before = Span(NINE - timedelta(hours=1), NINE)
    during = Span(NINE + timedelta(minutes=30), NINE + timedelta(hours=1))

    assert days(find(wanted(), [free(25), free(26)], [before])) == [25]
    assert days(find(wanted(), [free(25), free(26)], [during])) == [26]


def test_the_practitioner_whom_the_patient_knows_comes_first_on_a_day() -> None:
    found = find(wanted(2, apart=DAY), [free(25, schedule="mei"), free(26, schedule="ana"), free(26, 14, "mei")], [])

    assert [visit.free.schedule for visit in found] == ["Schedule/mei", "Schedule/mei"]


def test_nothing_is_found_in_the_past_and_no_more_than_there_is() -> None:
    assert days(find(wanted(5), [free(24), free(25), free(29)], [])) == [25, 29]


def test_a_service_is_agreed_as_far_as_its_payers_go() -> None:
    needs = an_answer(needs_authorization=True)

    assert agreed(8, [], []) == 0
    assert agreed(8, [an_answer(excluded=True)], []) == 0
    assert agreed(8, [an_answer()], []) == 8
    assert agreed(8, [needs], []) == 0
    assert agreed(8, [needs], [an_authorization(6)]) == 6
    assert agreed(8, [needs], [an_authorization(6), an_authorization(6)]) == 8
