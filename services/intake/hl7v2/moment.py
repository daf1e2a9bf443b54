"""Times as HL7 v2 writes them (DTM: YYYY[MM[DD[HH[MM[SS[.S…]]]]]][±ZZZZ]), with the precision that they were said with."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from .remembering import remembered

_DTM: Final = re.compile(r"(\d{4})(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(\.\d{1,9})?)?)?)?)?)?(?:([+-])(\d\d):?(\d\d))?")
_LONGEST_OFFSET: Final = timedelta(hours=14)


@dataclass(frozen=True, slots=True)
class Moment:
    """`instant` is its beginning in UTC; `fhir` a dateTime of the same precision, in the zone it was said in."""

    instant: datetime
    fhir: str

    @property
    def date(self) -> str:
        """The day, month or year, where it was said."""
        return self.fhir[:10]

    @property
    def has_time(self) -> bool:
        return "T" in self.fhir

    @property
    def as_date_time(self) -> str:
        """Exact, for elements that must be: what was not said is the beginning."""
        return self.fhir if self.has_time else self.instant.isoformat(timespec="seconds").replace("+00:00", "Z")


@remembered
def moment(said: str, zone: tzinfo = UTC) -> Moment | None:
    """What a DTM says; None for what is no time (`00000000`, a 13th month). `zone` is for those that name none."""
    found = _DTM.fullmatch(said.replace(" ", ""))
    if not found:
        return None
    year, month, day, hour, minute, second, fraction, sign, *offset = found.groups()
    microsecond = int(f"{fraction or '.'}000000"[1:7])
    try:
        its_zone = _offset(sign, *offset) if sign else zone
        parts = [int(each or least) for each, least in ((year, 0), (month, 1), (day, 1), (hour, 0), (minute, 0), (second, 0))]
        exact = datetime(*parts, microsecond, tzinfo=its_zone)  # type: ignore[misc,arg-type]  # seven numbers
        return Moment(exact.astimezone(UTC), _printed(exact, said_with=(month, day, hour), fraction=fraction))
    except (ValueError, OverflowError):
        return None


def zone_in(said: str) -> tzinfo | None:
    """The zone that a DTM names."""
    found = _DTM.fullmatch(said)
    try:
        return _offset(*found.groups()[-3:]) if found and found[8] else None
    except ValueError:
        return None


def _printed(exact: datetime, said_with: tuple[str | None, str | None, str | None], fraction: str | None) -> str:
    """A time of day has seconds and a zone in FHIR: http://hl7.org/fhir/R4/datatypes.html#dateTime"""
    month, day, hour = said_with
    if hour is not None:
        return exact.isoformat(timespec="milliseconds" if fraction else "seconds").replace("+00:00", "Z")
    return f"{exact:%Y-%m-%d}"[: 10 if day else 7 if month else 4]


@lru_cache(maxsize=256)
def _offset(sign: str, hours: str, minutes: str) -> timezone:
    """Raises ValueError for one that no place has."""
    span = timedelta(hours=int(hours), minutes=int(minutes))
    if span > _LONGEST_OFFSET or int(minutes) > 59:
        raise ValueError(f"no zone is {span} from UTC")
    return timezone(span if sign == "+" else -span)


@dataclass(frozen=True, slots=True)
class Zones:
    """Which zone a sender means when it names none: `usual`, or its own."""

    usual: tzinfo = UTC
    of_senders: Mapping[str, tzinfo] | None = None

    @classmethod
    def of(cls, setting: str) -> Zones:
        """From `Europe/Berlin` or `UTC,LAB@North=America/Chicago`. Raises ValueError for a zone that is not known."""
        usual: tzinfo = UTC
        senders: dict[str, tzinfo] = {}
        for part in filter(None, map(str.strip, setting.split(","))):
            sender, is_sender, name = part.rpartition("=")
            zone = _zone(name)
            if is_sender:
                senders[sender] = zone
            else:
                usual = zone
        return cls(usual, senders)

    def of_sender(self, sender: str) -> tzinfo:
        return (self.of_senders or {}).get(sender, self.usual)


def _zone(name: str) -> tzinfo:
    try:
        return UTC if name == "UTC" else ZoneInfo(name)
    except (KeyError, OSError) as error:
        raise ValueError(f"{name!r} is no time zone") from error
