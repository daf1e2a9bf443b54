"""What time it is: the system's clock, one that is off by a span, or one that a file moves (CARE_CLOCK)."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

Clock = Callable[[], datetime]
"""Answers the present instant, always with the zone UTC."""

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_SPAN = re.compile(r"([0-9]+(?:[.][0-9]+)?)([smhd])")
_REREAD_SECONDS = 0.1


def clock_of(setting: str) -> Clock:
    """The clock that CARE_CLOCK names: `system`, an offset such as `+90s` or `-2d`, or `file:<path>`.

    Raises ValueError for any other text.
    """
    if setting == "system":
        return system_now
    if setting.startswith("file:"):
        return FileClock(Path(setting.removeprefix("file:")))
    if setting[:1] not in ("+", "-"):
        raise ValueError(f"CARE_CLOCK {setting!r} is neither system, an offset such as +90s, nor file:<path>")
    ahead = span(setting[1:])
    return OffsetClock(ahead if setting[0] == "+" else -ahead)


def span(text: str) -> timedelta:
    """A length of time: a number and one of s, m, h, d (`90s`, `0.5s`, `24h`). Raises ValueError for any other text."""
    match = _SPAN.fullmatch(text)
    if not match:
        raise ValueError(f"{text!r} is no length of time such as 90s, 15m, 24h or 30d")
    return timedelta(**{_UNITS[match[2]]: float(match[1])})


def system_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class OffsetClock:
    """The system's clock, so much ahead or behind."""

    offset: timedelta

    def __call__(self) -> datetime:
        return system_now() + self.offset


@dataclass(slots=True)
class FileClock:
    """The instant written in a file (ISO 8601 with zone); read again every 100 ms; the system's while there is no file."""

    path: Path
    _value: datetime | None = None
    _read_at: float = field(default=-1.0)

    def __call__(self) -> datetime:
        now = time.monotonic()
        if now - self._read_at >= _REREAD_SECONDS:
            self._value = self._read() or self._value
            self._read_at = now
        return self._value or system_now()

    def _read(self) -> datetime | None:
        """None where there is no file, or half of it is written."""
        try:
            read = datetime.fromisoformat(self.path.read_text().strip())
        except (OSError, ValueError):
            return None
        return read.astimezone(UTC) if read.tzinfo else None
