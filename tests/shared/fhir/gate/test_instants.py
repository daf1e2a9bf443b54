"""Which of two times is later, against a plain reading of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from shared.fhir.gate.instants import is_after

ZONES = st.sampled_from([timedelta(), timedelta(hours=2), timedelta(hours=-5), timedelta(hours=5, minutes=45)])
MOMENTS = st.datetimes(datetime(2026, 5, 11), datetime(2026, 5, 12)).map(lambda moment: moment.replace(microsecond=0))
TIMES = st.builds(lambda moment, offset: moment.replace(tzinfo=timezone(offset)), MOMENTS, ZONES)


@given(TIMES, TIMES)
def test_times_are_compared_as_instants_whatever_their_zones(one: datetime, other: datetime) -> None:
    assert is_after(one.isoformat(), other.isoformat()) is (one.astimezone(UTC) > other.astimezone(UTC))


@given(st.dates(), st.dates(), st.sampled_from([4, 7, 10]))
def test_dates_of_one_precision_are_compared_as_they_are_written(one: object, other: object, length: int) -> None:
    first, second = str(one)[:length], str(other)[:length]

    assert is_after(first, second) is (first > second)


def test_where_the_precision_does_not_tell_neither_is_later() -> None:
    assert not is_after("2026-05", "2026-05-11")
    assert not is_after("2026-05-11", "2026-05-11T08:00:00Z")
    assert not is_after("2026-05-11T08:00:00Z", "2026-05-11")
    assert is_after("2026-05-12", "2026-05-11T08:00:00Z")


def test_a_leap_second_is_the_first_one_of_the_next_minute() -> None:
    assert not is_after("2017-01-01T00:00:00Z", "2016-12-31T23:59:60Z")
    assert not is_after("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z")
