"""What was current when: `_since` and `_at`, by the store's own clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from shared.store.store import Store
from tests.conftest import OpenStore
from tests.contracts.plans import PLAN, a_plan, put

NINE = datetime(2026, 11, 23, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Hands:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = NINE

    def __call__(self) -> datetime:
        return self.now


async def three_hours_of_plans(open_store: OpenStore) -> Store:
    """p1 written at nine, changed at ten, deleted at eleven; p2 written at ten."""
    clock = Hands()
    store = open_store(owns=[PLAN], clock=clock)
    await store.unit(put(a_plan(), "p1"))
    clock.now += HOUR
    await store.unit(put(a_plan("active"), "p1"))
    await store.unit(put(a_plan(), "p2"))
    clock.now += HOUR
    await store.unit(lambda tx: tx.delete("CarePlan", "p1"))
    return store


async def test_since_takes_what_was_made_then_or_later(open_store: OpenStore) -> None:
    store = await three_hours_of_plans(open_store)

    found = await store.view(lambda view: view.history("CarePlan", since=NINE + HOUR))

    assert [(version.id, version.number) for version in found] == [("p1", 3), ("p2", 1), ("p1", 2)]


async def test_at_takes_what_was_current_at_some_moment_of_the_period(open_store: OpenStore) -> None:
    store = await three_hours_of_plans(open_store)

    async def at(start: datetime, end: datetime) -> list[tuple[str, int]]:
        found = await store.view(lambda view: view.history(at=(start, end)))
        return [(version.id, version.number) for version in found]

    assert await at(NINE - HOUR, NINE) == []
    assert await at(NINE, NINE + HOUR / 2) == [("p1", 1)]
    assert await at(NINE + HOUR / 2, NINE + HOUR * 3 / 2) == [("p2", 1), ("p1", 2), ("p1", 1)]
    assert await at(NINE + 3 * HOUR, NINE + 4 * HOUR) == [("p1", 3), ("p2", 1)]


async def test_instants_are_whole_milliseconds_of_the_clock(open_store: OpenStore) -> None:
    store = open_store(owns=[PLAN], clock=lambda: NINE + timedelta(microseconds=123_456))

    written = await store.unit(put(a_plan(), "p1"))

    assert written.version.updated == NINE + timedelta(milliseconds=123)
    assert b'"lastUpdated":"2026-11-23T09:00:00.123Z"' in written.version.text
