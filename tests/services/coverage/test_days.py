"""Days as FHIR means them, tried with all kinds of dates and periods."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.coverage.benefits import plan_from
from services.coverage.days import ALWAYS, Days, days_of, period_of
from services.coverage.deciding import plan_year, why_not_in_force
from tests.services.building import a_coverage, an_insurance_plan

DAYS = st.dates(min_value=date(1900, 1, 1), max_value=date(2199, 12, 31))
ZONES = st.sampled_from(["Z", "+00:00", "-05:00", "+14:00", "-12:00", "+05:45"])
TIMES = st.sampled_from(["T00:00:00", "T23:59:59", "T12:30:00.250", "T04:00:00"])


@st.composite
def written(draw: st.DrawFn) -> tuple[str, Days]:
    """A FHIR date or dateTime of any precision, and the days that it means."""
    day = draw(DAYS)
    match draw(st.sampled_from(["year", "month", "day", "instant"])):
        case "year":
            return f"{day:%Y}", Days(date(day.year, 1, 1), date(day.year, 12, 31))
        case "month":
            after = date(day.year + day.month // 12, day.month % 12 + 1, 1)
            return f"{day:%Y-%m}", Days(day.replace(day=1), after - timedelta(days=1))
        case "day":
            return day.isoformat(), Days(day, day)
        case _:
            return f"{day.isoformat()}{draw(TIMES)}{draw(ZONES)}", Days(day, day)


@given(written())
def test_a_date_of_any_precision_is_its_days_in_the_writers_own_calendar(said: tuple[str, Days]) -> None:
    text, days = said
    assert days_of(text) == days


@given(st.none() | written(), st.none() | written(), DAYS)
def test_a_coverage_is_in_force_on_a_day_just_if_no_bound_forbids_it(
    start: tuple[str, Days] | None, end: tuple[str, Days] | None, day: date
) -> None:
    period = {name: said[0] for name, said in (("start", start), ("end", end)) if said}
    lasts = (start is None or start[1].first <= day) and (end is None or day <= end[1].last)

    assert (why_not_in_force(a_coverage(period=period), Days(day, day)) is None) is lasts


@given(st.tuples(DAYS, DAYS).map(sorted), st.tuples(DAYS, DAYS).map(sorted))
def test_a_period_is_covered_just_if_all_of_its_days_are(inner: list[date], outer: list[date]) -> None:
    asked, lasts = Days(*inner), Days(*outer)

    assert lasts.covers(asked) is (asked.first in lasts and asked.last in lasts)
    assert lasts.meeting(asked).is_none is (asked.last < lasts.first or lasts.last < asked.first)


@given(st.tuples(DAYS, DAYS).map(sorted), st.tuples(DAYS, DAYS).map(sorted))
def test_why_a_coverage_is_not_in_force_is_said_by_where_its_days_lie(asked: list[date], lasts: list[date]) -> None:
    days = Days(*asked)
    why = why_not_in_force(a_coverage(period={"start": lasts[0].isoformat(), "end": lasts[1].isoformat()}), days)

    found = why.code if why else "in force"
    assert {
        "ended": lasts[1] < days.first,
        "not-begun": days.first < lasts[0] <= lasts[1] and lasts[1] >= days.first,
        "ends-within": lasts[0] <= days.first <= lasts[1] < days.last,
        "in force": lasts[0] <= days.first and days.last <= lasts[1],
    }[found]


@given(DAYS, st.sampled_from(["01-01", "07-01", "02-29", "12-31"]))
def test_every_day_is_in_one_plan_year_which_the_next_follows(day: date, begins: str) -> None:
    plan = plan_from(an_insurance_plan(extension=[{"url": "urn:careloom:plan-year-begins", "valueString": begins}]))
    year = plan_year(plan, day)

    assert day in year
    assert plan_year(plan, year.first) == plan_year(plan, year.last) == year
    assert plan_year(plan, year.last + timedelta(days=1)).first == year.last + timedelta(days=1)


def test_open_ends_are_left_out_of_a_period() -> None:
    assert ALWAYS.as_period() == {}
    assert period_of({"start": "2026-05"}).as_period() == {"start": "2026-05-01"}
    assert period_of({"end": "2024-02"}).as_period() == {"end": "2024-02-29"}


@pytest.mark.parametrize("status", ["cancelled", "draft", "entered-in-error"])
def test_a_coverage_that_is_not_active_is_in_force_on_no_day(status: str) -> None:
    why = why_not_in_force(a_coverage(status=status, period={}), Days(date(2026, 5, 11), date(2026, 5, 11)))

    assert why
    assert why.code == status
