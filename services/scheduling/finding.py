"""Finding times: early, in rhythm, with one practitioner where possible, and out of each other's way."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Free:
    """A free slot: of which schedule, from when to when (half-open)."""

    slot: str
    schedule: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Span:
    """Time that somebody has already given away, half-open."""

    start: datetime
    end: datetime

    def overlaps(self, start: datetime, end: datetime) -> bool:
        return self.start < end and start < self.end


@dataclass(frozen=True, slots=True)
class Wanted:
    """So many visits of one service, so long, and at least so far apart."""

    count: int
    duration: timedelta
    apart: timedelta
    earliest: datetime
    last_visit: datetime | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    free: Free
    start: datetime
    end: datetime


def find(wanted: Wanted, free: Iterable[Free], busy: Iterable[Span]) -> list[Visit]:
    """As many of the wanted visits as there is time for, in order of time; `busy` is the patient's own calendar."""
    slots = sorted(free, key=lambda slot: (slot.start, slot.schedule, slot.slot))
    taken = list(busy)
    found: list[Visit] = []
    earliest = max(wanted.earliest, wanted.last_visit + wanted.apart) if wanted.last_visit else wanted.earliest
    while len(found) < wanted.count:
        visit = _next(wanted.duration, earliest, slots, taken, found[0].free.schedule if found else "")
        if visit is None:
            break
        found.append(visit)
        taken.append(Span(visit.start, visit.end))
        earliest = visit.start + wanted.apart
    return found


def _next(duration: timedelta, earliest: datetime, slots: Sequence[Free], taken: Sequence[Span], schedule: str) -> Visit | None:
    """The first slot that fits; on its day, one of the schedule that the patient already knows."""
    fitting = [
        slot
        for slot in slots
        if slot.start >= earliest
        and slot.end - slot.start >= duration
        and not any(span.overlaps(slot.start, slot.start + duration) for span in taken)
    ]
    if not fitting:
        return None
    first_day = fitting[0].start.date()
    known = (slot for slot in fitting if slot.schedule == schedule and slot.start.date() == first_day)
    chosen = next(known, fitting[0])
    return Visit(chosen, chosen.start, chosen.start + duration)
