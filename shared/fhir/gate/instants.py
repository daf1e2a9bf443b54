"""Which of two dates or times is later, as FHIRPath compares them: where the precision doesn't tell, neither is."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Final

_PARTS: Final = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d))?)?)?")
_SECONDS: Final = slice(17, 19)
_BEHIND: Final = slice(19, None)
_LEAP: Final = "60"


def is_after(one: str, other: str) -> bool:
    """True only if `one` is certainly later than `other`. A date is a UTC day beside a time."""
    if one == other:
        return False
    if len(one) == len(other) and one[_BEHIND] == other[_BEHIND] and _LEAP not in (one[_SECONDS], other[_SECONDS]):
        return one > other  # as most periods are: of one precision and one zone
    if "T" in one and "T" in other:
        return _utc(one) > _utc(other)
    return _certain(one) > _certain(other) and not _overlap(one, other)


def _utc(text: str) -> tuple[datetime, str]:
    """The UTC second, and its decimals in a form that sorts."""
    year, month, day, hour, minute, second, decimals, zone = _found(text)
    moment = datetime(int(year), int(month), int(day), int(hour), int(minute)) + timedelta(seconds=int(second))  # noqa: DTZ001
    return _shifted(moment, zone), (decimals or "").rstrip("0")


def _shifted(moment: datetime, zone: str) -> datetime:
    if zone == "Z":
        return moment
    offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[4:6]))
    try:
        return moment - offset if zone[0] == "+" else moment + offset
    except OverflowError:
        return moment


def _certain(text: str) -> str:
    return text[:10]


def _overlap(one: str, other: str) -> bool:
    shorter = min(len(one[:10]), len(other[:10]))
    return one[:shorter] == other[:shorter]


def _found(text: str) -> tuple[str, ...]:
    found = _PARTS.fullmatch(text)
    return found.groups() if found else ("1", "1", "1", "0", "0", "0", "", "Z")
