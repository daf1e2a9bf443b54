"""When something is due by the practice's own calendar: its zone, its holidays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

import holidays

_DAY = timedelta(days=1)
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Practice:
    """`zone` is an IANA name, `calendar` a country or country-subdivision of the package holidays (`US-MA`)."""

    zone: str = "America/New_York"
    calendar: str = "US"

    def day_of(self, moment: datetime) -> date:
        return moment.astimezone(ZoneInfo(self.zone)).date()

    def end_of(self, day: date) -> datetime:
        """The last second of a day in the practice's zone, in UTC."""
        return datetime.combine(day, time(23, 59, 59), ZoneInfo(self.zone)).astimezone(UTC)

    def works_on(self, day: date) -> bool:
        return day.weekday() < _SATURDAY and day not in _holidays(self.calendar, day.year)


def business_days_after(moment: datetime, days: int, practice: Practice) -> datetime:
    """The end of the n-th business day after the day of `moment`; that day itself does not count."""
    day = practice.day_of(moment)
    while days:
        day += _DAY
        days -= practice.works_on(day)
    return practice.end_of(day)


def calendar_days_after(moment: datetime, days: int, practice: Practice) -> datetime:
    """The end of the n-th day after the day of `moment`, in the practice's zone."""
    return practice.end_of(practice.day_of(moment) + timedelta(days=days))


def is_zone(name: str) -> bool:
    return name in available_timezones()


def is_calendar(name: str) -> bool:
    country, _, subdivision = name.partition("-")
    known = holidays.list_supported_countries()
    return country in known and (not subdivision or subdivision in known[country])


@lru_cache(maxsize=64)
def _holidays(calendar: str, year: int) -> frozenset[date]:
    country, _, subdivision = calendar.partition("-")
    return frozenset(holidays.country_holidays(country, subdiv=subdivision or None, years=year))
