"""Spans of days, as FHIR's dates and periods mean them: a year and a month are all their days, a missing bound is open."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Final

FIRST_DAY: Final = date.min
LAST_DAY: Final = date.max


@dataclass(frozen=True, slots=True)
class Days:
    """From `first` to `last`, both included. It holds no day where `last` is before `first`."""

    first: date = FIRST_DAY
    last: date = LAST_DAY

    @property
    def is_none(self) -> bool:
        return self.last < self.first

    @property
    def is_one(self) -> bool:
        return self.first == self.last

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    def covers(self, other: Days) -> bool:
        """Whether every day of another span is one of these. No days at all are not covered."""
        return not other.is_none and self.first <= other.first and other.last <= self.last

    def meeting(self, other: Days) -> Days:
        """The days of both."""
        return Days(max(self.first, other.first), min(self.last, other.last))

    def as_period(self) -> dict[str, str]:
        """http://hl7.org/fhir/R4/datatypes.html#Period with its open ends left out."""
        ends = (("start", self.first, FIRST_DAY), ("end", self.last, LAST_DAY))
        return {name: day.isoformat() for name, day, open_end in ends if day != open_end}


ALWAYS: Final = Days()


@lru_cache(maxsize=4096)
def days_of(said: str) -> Days:
    """The days that a FHIR date, dateTime or instant names, in the calendar of who wrote it: its zone is not looked at.

    A coverage that ends `2026-05-31T23:59:59-05:00` ends on 31 May, wherever it is read. Raises ValueError for other text.
    """
    year, month, day = (*said[:10].split("-"), "", "")[:3]
    if day:
        only = date(int(year), int(month), int(day))
        return Days(only, only)
    if month:
        return Days(date(int(year), int(month), 1), date(int(year), int(month), monthrange(int(year), int(month))[1]))
    return Days(date(int(year), 1, 1), date(int(year), 12, 31))


def period_of(period: Mapping[str, Any] | None) -> Days:
    """The days of a FHIR Period: from the first day of its start to the last day of its end."""
    start, end = (period or {}).get("start"), (period or {}).get("end")
    return Days(days_of(start).first if start else FIRST_DAY, days_of(end).last if end else LAST_DAY)
