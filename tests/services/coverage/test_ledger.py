"""Authorized visits are counted down exactly: whatever is told of visits, in whatever order, however often."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from random import Random
from typing import Final

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.coverage.days import ALWAYS, Days
from services.coverage.ledger import APPROVED, USED, share, visits
from tests.services.building import Resource, an_appointment, an_authorization
from tests.services.town import Running

MAY: Final = date(2026, 5, 11)
STATUSES: Final = ("booked", "fulfilled", "noshow", "cancelled", "entered-in-error")
_worlds = count()


@dataclass(frozen=True, slots=True)
class Said:
    """What one version of a visit says: its status, its day, and whether it is for the service at all."""

    status: str
    day: int
    ours: bool

    @property
    def date(self) -> date:
        return MAY + timedelta(days=self.day)


@dataclass(frozen=True, slots=True)
class Lot:
    """An authorization of some visits on the days from `first` to `last`; None is open."""

    approved: int
    first: int | None
    last: int | None

    @property
    def begins(self) -> int:
        """Open before all that have a first day."""
        return -1 if self.first is None else self.first

    def holds(self, day: int) -> bool:
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)

    @property
    def period(self) -> Resource:
        ends = {"start": self.first, "end": self.last}
        return {name: (MAY + timedelta(days=day)).isoformat() for name, day in ends.items() if day is not None}


said = st.builds(Said, st.sampled_from(("fulfilled", *STATUSES)), st.integers(0, 20), st.sampled_from((True, True, True, False)))
stories = st.lists(st.lists(said, min_size=1, max_size=4), max_size=6)
"""For each visit the versions that it has had, one after the other."""
lots = st.lists(
    st.builds(Lot, st.integers(0, 4), st.none() | st.integers(0, 10), st.none() | st.integers(8, 20)).filter(
        lambda lot: lot.last is None or lot.begins <= lot.last
    ),
    min_size=1,
    max_size=3,
)


def expected(told: Sequence[Sequence[Said]], granted: Sequence[Lot]) -> list[int]:
    """Authorization by authorization, the oldest first: each takes the earliest visits of its days, as many as it approves."""
    days = sorted(story[-1].day for story in told if story[-1].status == "fulfilled" and story[-1].ours)
    used = [0] * len(granted)
    for place in sorted(range(len(granted)), key=lambda place: (granted[place].begins, place)):
        taken = [day for day in days if granted[place].holds(day)][: granted[place].approved]
        used[place] = len(taken)
        for day in taken:
            days.remove(day)
    return used


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(told=stories, granted=lots, chance=st.randoms(use_true_random=False))
async def test_whatever_is_told_of_visits_the_count_is_that_of_the_last_versions(
    coverage: Running, told: list[list[Said]], granted: list[Lot], chance: Random
) -> None:
    mark = f"w{next(_worlds)}"
    news = [(place, version) for place, story in enumerate(told) for version in range(len(story))]
    steps: list[tuple[int, int] | int] = [*news, *chance.sample(news, len(news) // 2), *range(len(granted))]
    chance.shuffle(steps)

    for step in (*steps, 0):
        if isinstance(step, int):
            await coverage.save(the_authorization(mark, step, granted[step]))
        else:
            place, version = step
            await coverage.hears("Appointment.updated", the_visit(mark, place, told[place][version]), version=version + 1)

    used = [visits(await coverage.read("ClaimResponse", f"{mark}-{place}") or {}, USED) for place in range(len(granted))]
    assert used == expected(told, granted)


def the_authorization(mark: str, place: int, lot: Lot) -> Resource:
    """As its payer says it: nothing of what was counted on it here."""
    made = an_authorization(lot.approved, request=f"{mark}-service", id=f"{mark}-{place}")
    return {name: value for name, value in made.items() if name != "preAuthPeriod"} | (
        {"preAuthPeriod": lot.period} if lot.period else {}
    )


def the_visit(mark: str, place: int, said: Said) -> Resource:
    service = f"ServiceRequest/{mark}-{'service' if said.ours else 'other'}"
    return an_appointment(
        f"{mark}-visit-{place}", status=said.status, start=f"{said.date}T13:00:00Z", basedOn=[{"reference": service}]
    )


def test_a_visit_before_the_first_day_or_after_the_last_counts_on_nothing() -> None:
    days = [MAY, MAY + timedelta(days=1), MAY + timedelta(days=2), MAY + timedelta(days=3)]

    assert share(days, [(9, Days(days[1], days[2]))]) == [2]


def test_of_two_authorizations_the_older_is_used_first_and_the_newer_for_what_is_beyond_it() -> None:
    days = [MAY + timedelta(days=number) for number in range(5)]

    assert share(days, [(3, ALWAYS), (9, ALWAYS)]) == [3, 2]
    assert share(days, [(9, Days(last=days[1])), (9, Days(first=days[1]))]) == [2, 3]


async def test_a_visit_that_is_deleted_counts_no_more(coverage: Running) -> None:
    await coverage.save(an_authorization(6))
    await coverage.hears("Appointment.fulfilled", an_appointment(status="fulfilled"))

    await coverage.hears("Appointment.deleted", an_appointment(), version=2)

    answer = await coverage.one("ClaimResponse?")
    assert (visits(answer, APPROVED), visits(answer, USED)) == (6, 0)
