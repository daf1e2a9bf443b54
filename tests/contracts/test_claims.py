"""Claims never overlap in a lane: neither through the transaction's hands nor past them."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.fhir.refusal import Conflict
from shared.store.store import Store
from shared.store.transaction import Transaction
from tests.conftest import OpenStore

NINE = datetime(2026, 11, 23, 9, tzinfo=UTC)
OVERLAPS = (
    "SELECT count(*) FROM claim a JOIN claim b ON a.key = b.key AND a.lane = b.lane AND a.starts < b.ends AND b.starts < a.ends "
    "AND (a.starts, a.ends) <> (b.starts, b.ends)"
)

spans = st.tuples(st.integers(0, 40), st.integers(1, 10))


def taking(span: tuple[int, int], owner: str, capacity: int) -> Any:
    start, length = NINE + timedelta(minutes=span[0]), timedelta(minutes=span[1])
    return lambda tx: tx.claim("Practitioner/1", start, start + length, owner, capacity)


async def taken(store: Store, wanted: list[tuple[int, int]], capacity: int) -> list[bool]:
    units = (store.unit(taking(span, f"owner {n}", capacity)) for n, span in enumerate(wanted))
    return [result is None for result in await asyncio.gather(*units, return_exceptions=True)]


def expected(wanted: list[tuple[int, int]], capacity: int) -> list[bool]:
    """The plain way: the first lane in which nothing overlaps."""
    lanes: list[list[tuple[int, int]]] = [[] for _ in range(capacity)]
    granted = []
    for start, length in wanted:
        free = [lane for lane in lanes if all(end <= start or begin >= start + length for begin, end in lane)]
        granted.append(bool(free))
        if free:
            free[0].append((start, start + length))
    return granted


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wanted=st.lists(spans, min_size=1, max_size=30), capacity=st.integers(1, 3))
async def test_what_is_free_is_granted_and_nothing_else(
    open_store: OpenStore, wanted: list[tuple[int, int]], capacity: int
) -> None:
    store = open_store()
    await store.unit(lambda tx: tx.connection.execute("DELETE FROM claim"))

    assert await taken(store, wanted, capacity) == expected(wanted, capacity)

    assert await store.view(lambda view: view.connection.row(OVERLAPS)) == (0,)
    await store.close()


async def test_the_database_itself_refuses_an_overlap(open_store: OpenStore) -> None:
    store = open_store()

    def past_the_check(starts: int, ends: int) -> Any:
        def insert(tx: Transaction) -> None:
            tx.connection.execute("INSERT INTO claim (key, lane, starts, ends, owner) VALUES ('k', 0, ?, ?, 'o')", (starts, ends))

        return insert

    await store.unit(past_the_check(10, 20))
    await store.unit(past_the_check(20, 30))
    for starts, ends in ((15, 16), (5, 11), (19, 25), (0, 100)):
        with pytest.raises(Exception, match="claim_may_not_overlap"):
            await store.unit(past_the_check(starts, ends))
    with pytest.raises(Exception, match="claim_may_not"):
        await store.unit(lambda tx: tx.connection.execute("UPDATE claim SET ends = 25 WHERE starts = 10"))


async def test_a_claim_that_takes_no_time_is_an_error_of_the_caller(open_store: OpenStore) -> None:
    store = open_store()

    with pytest.raises(ValueError, match="must end after it starts"):
        await store.unit(lambda tx: tx.claim("Practitioner/1", NINE, NINE, "a"))


async def test_lanes_freed_in_the_middle_are_taken_again(open_store: OpenStore) -> None:
    store = open_store()
    for owner in ("a", "b", "c"):
        await store.unit(lambda tx, owner=owner: tx.claim("room", NINE, NINE + timedelta(hours=1), owner, capacity=3))

    await store.unit(lambda tx: tx.release("b"))
    await store.unit(lambda tx: tx.claim("room", NINE, NINE + timedelta(hours=1), "d", capacity=3))

    with pytest.raises(Conflict, match="a, d, c"):
        await store.unit(lambda tx: tx.claim("room", NINE, NINE + timedelta(hours=1), "e", capacity=3))
