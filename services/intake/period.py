"""When something holds: FHIR Periods, whose bounds may be as imprecise as a year, against an instant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.fhir.index.moments import EARLIEST, LATEST, moments

Period = Mapping[str, Any]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def holds(period: Period | None, now: datetime) -> bool:
    """Whether an instant is within a Period, its last day included; a bound that is missing is open."""
    start, end = _range(period or {})
    return start <= _micros(now) < end


def next_turn(periods: Iterable[Period | None], now: datetime) -> datetime | None:
    """The next instant at which one of the Periods begins or is over; None if none of them changes any more."""
    later = [turn for period in periods for turn in _range(period or {}) if _micros(now) < turn < LATEST]
    return _EPOCH + timedelta(microseconds=min(later)) if later else None


def begin_of(text: str) -> datetime:
    """The first instant of a date or dateTime, UTC where no zone is said."""
    return _EPOCH + timedelta(microseconds=moments(text)[0])


def end_of(text: str) -> datetime:
    """The instant at which a date or dateTime is over."""
    return _EPOCH + timedelta(microseconds=moments(text)[1])


def periods_of(elements: Iterable[Mapping[str, Any]] | None, name: str) -> Iterator[Period]:
    """The Periods that elements of a list have under a name."""
    return (element[name] for element in elements or () if name in element)


def _range(period: Period) -> tuple[int, int]:
    start = moments(period["start"])[0] if "start" in period else EARLIEST
    return start, moments(period["end"])[1] if "end" in period else LATEST


def _micros(now: datetime) -> int:
    return (now - _EPOCH) // timedelta(microseconds=1)
