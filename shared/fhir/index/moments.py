"""Dates as ranges of microseconds: a date is as long as it is precise. http://hl7.org/fhir/R4/search.html#date"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date
from functools import lru_cache

Moments = tuple[int, int]
"""Half-open [low, high) in µs since 1970-01-01T00:00Z."""

EARLIEST, LATEST = -(2**62), 2**62
SECOND = 1_000_000
DAY = 86_400 * SECOND

WIDTHS = (DAY, 32 * DAY, 366 * DAY, 3_660 * DAY, 36_600 * DAY)
"""The longest range of each span but the last three. Ranges of one class are found by their low end alone: whatever reaches
beyond a moment begins at most one width before it."""
LONG, SINCE_EVER, FOR_EVER = 5, 6, 7
"""The spans of ranges longer than a century, of those without a beginning (or without any end), and of those without an end."""
SPANS = tuple(range(8))

_EPOCH = date(1970, 1, 1).toordinal()
_TIME = re.compile(r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(\.\d+)?)?(Z|[+\- ]\d\d:\d\d)?")
_HOUR, _MINUTE = 3_600 * SECOND, 60 * SECOND


@lru_cache(maxsize=1 << 14)
def moments(text: str) -> Moments:
    """The range of a date, dateTime or instant. Without a zone it is UTC. Raises ValueError for any other text."""
    if len(text) > len("2026-11-23"):
        return _time(text)
    parts = text.split("-")
    if [len(part) for part in parts] != [4, 2, 2][: len(parts)] or not text.replace("-", "").isdecimal():
        raise ValueError(f"{text!r} is no date")
    year, month, day = (*map(int, parts), *(0, 0, 0)[len(parts) :])
    first = date(year, month or 1, day or 1).toordinal()
    days = 1 if day else monthrange(year, month)[1] if month else date(year, 12, 31).toordinal() - first + 1
    return (first - _EPOCH) * DAY, (first - _EPOCH + days) * DAY


def span(low: int, high: int) -> int:
    """The class of a range's length."""
    if low == EARLIEST:
        return SINCE_EVER
    if high == LATEST:
        return FOR_EVER
    length = high - low
    for place, width in enumerate(WIDTHS):
        if length <= width:
            return place
    return LONG


def _time(text: str) -> Moments:
    match = _TIME.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no date")
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    if int(hour) > 23 or int(minute) > 59 or int(second or 0) > 60:
        raise ValueError(f"{text!r} is no time")
    low = (date(int(year), int(month), int(day)).toordinal() - _EPOCH) * DAY + int(hour) * _HOUR + int(minute) * _MINUTE
    low -= _offset(zone)
    if second is None:
        return low, low + _MINUTE
    low += int(second) * SECOND
    if fraction is None:
        return low, low + SECOND
    digits = fraction[1:7]
    length = 10 ** (6 - len(digits))
    low += int(digits) * length
    return low, low + length


def _offset(zone: str | None) -> int:
    if zone is None or zone == "Z":
        return 0
    size = int(zone[1:3]) * _HOUR + int(zone[4:6]) * _MINUTE
    return -size if zone[0] == "-" else size
