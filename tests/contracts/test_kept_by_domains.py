"""Timers, claims, counters and records: what domains keep that is no FHIR resource."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from shared.fhir.refusal import Conflict
from shared.store import timers
from shared.store.store import Store
from shared.store.transaction import Transaction
from shared.store.version import Record
from shared.store.view import View
from tests.conftest import OpenStore

NINE = datetime(2026, 11, 23, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


async def test_a_claim_that_touches_another_is_free_and_one_that_overlaps_names_the_holder(open_store: OpenStore) -> None:
    store = open_store()
    await store.unit(lambda tx: tx.claim("Practitioner/1", NINE, NINE + HOUR, "Appointment/a"))
    await store.unit(lambda tx: tx.claim("Practitioner/1", NINE + HOUR, NINE + 2 * HOUR, "Appointment/b"))

    with pytest.raises(Conflict, match="Appointment/a"):
        await store.unit(lambda tx: tx.claim("Practitioner/1", NINE + HOUR / 2, NINE + HOUR, "Appointment/c"))


async def test_a_key_with_two_lanes_takes_two_claims_at_a_time(open_store: OpenStore) -> None:
    store = open_store()

    await store.unit(lambda tx: tx.claim("Location/group-room", NINE, NINE + HOUR, "a", capacity=2))
    await store.unit(lambda tx: tx.claim("Location/group-room", NINE, NINE + HOUR, "b", capacity=2))
    with pytest.raises(Conflict, match="a, b"):
        await store.unit(lambda tx: tx.claim("Location/group-room", NINE, NINE + HOUR, "c", capacity=2))

    await store.unit(lambda tx: tx.release("a"))
    await store.unit(lambda tx: tx.claim("Location/group-room", NINE, NINE + HOUR, "c", capacity=2))


async def test_a_counter_that_would_pass_its_limit_stays_where_it_was(open_store: OpenStore) -> None:
    store = open_store()
    assert await store.unit(lambda tx: tx.count("visits", 3, limit=4)) == 3

    with pytest.raises(Conflict, match="limit is 4"):
        await store.unit(lambda tx: tx.count("visits", 2, limit=4))

    assert await store.unit(lambda tx: tx.count("visits", -1, limit=4)) == 2


async def test_a_timer_is_due_once_and_moves_when_it_is_set_again(open_store: OpenStore) -> None:
    store = open_store()

    def set_twice(tx: Transaction) -> None:
        tx.schedule("contact-due", NINE, "CarePlan/1", {"try": 1})
        tx.schedule("contact-due", NINE + HOUR, "CarePlan/1", {"try": 2})

    await store.unit(set_twice)

    assert await store.view(lambda view: timers.due(view.connection, NINE)) == []
    [timer] = await store.view(lambda view: timers.due(view.connection, NINE + HOUR))
    assert (timer.name, timer.key, timer.due, timer.body) == ("contact-due", "CarePlan/1", NINE + HOUR, {"try": 2})
    assert await store.unit(lambda tx: timers.fired(tx.connection, timer))
    assert not await store.unit(lambda tx: timers.fired(tx.connection, timer))


async def test_a_timer_that_was_moved_since_it_was_looked_at_does_not_fire(open_store: OpenStore) -> None:
    store = open_store()
    await store.unit(lambda tx: tx.schedule("hold", NINE, "Appointment/1"))
    [timer] = await store.view(lambda view: timers.due(view.connection, NINE))

    await store.unit(lambda tx: tx.schedule("hold", NINE + HOUR, "Appointment/1"))

    assert not await store.unit(lambda tx: timers.fired(tx.connection, timer))
    [timer] = await store.view(lambda view: timers.due(view.connection, NINE + HOUR))
    assert timer.due == NINE + HOUR


async def test_a_record_is_found_by_state_and_key_and_replaced_as_a_whole(open_store: OpenStore) -> None:
    store = open_store()
    await store.unit(lambda tx: tx.record("message", "m1", "received", {"patient": "p1"}, {"text": "MSH|"}))
    await store.unit(lambda tx: tx.record("message", "m2", "received", {"patient": "p2"}, {"text": "MSH|"}))

    await store.unit(lambda tx: tx.record("message", "m1", "mapped", {"patient": "p3"}, {"text": "MSH|^"}))

    assert [record.id for record in await store.unit(lambda tx: tx.records("message", key=("patient", "p3")))] == ["m1"]
    assert await store.unit(lambda tx: tx.records("message", key=("patient", "p1"))) == []
    assert [record.id for record in await store.unit(lambda tx: tx.records("message", state="received"))] == ["m2"]
    found = await store.unit(lambda tx: tx.recorded("message", "m1"))
    assert found is not None
    assert (found.state, found.body) == ("mapped", {"text": "MSH|^"})


async def test_a_record_is_found_by_its_last_keys_only_however_it_came_by_the_others(open_store: OpenStore) -> None:
    store = open_store()

    def kept_and_kept_again(tx: Transaction) -> None:
        id = tx.new_id()
        keep(tx, id, visit="v1")
        keep(tx, id, visit="v2")
        with pytest.raises(Conflict):
            tx.attempt(lambda: refused(tx, id))
        keep(tx, id, visit="v3")
        tx.restate("message", "kept", "done")
        keep(tx, id, visit="v4")

    def refused(tx: Transaction, id: str) -> None:
        keep(tx, id, visit="v5")
        keep(tx, tx.new_id(), visit="v5")
        raise Conflict("no")

    await store.unit(kept_and_kept_again)
    [record] = await store.view(lambda view: view.records("message"))
    await store.unit(lambda tx: keep(tx, record.id, visit="v6"))
    await store.unit(lambda tx: tx.restate("message", "kept", "done"))

    assert await visits(store) == ["v6"]
    await store.unit(lambda tx: tx.record("message", record.id, "done", {}, {}))
    assert await visits(store) == []


async def test_what_begins_alike_is_found_in_the_order_of_its_bytes(open_store: OpenStore) -> None:
    store = open_store()
    for visit in ("b", "a\U0001f600", "ab", "aé", "a", "a b", "aB", "a-b", "A"):
        await store.unit(lambda tx, visit=visit: keep(tx, f"of {visit}", visit=visit))

    assert await visits(store, "a") == ["a", "a b", "a-b", "aB", "ab", "aé", "a\U0001f600"]
    assert await visits(store, "a ") == ["a b"]
    assert await visits(store, "c") == []
    assert await visits(store) == ["A", "a", "a b", "a-b", "aB", "ab", "aé", "a\U0001f600", "b"]


async def test_records_are_paged_newest_first_without_a_gap(open_store: OpenStore) -> None:
    store = open_store()
    await store.unit(lambda tx: [keep(tx, f"m{number}") for number in range(7)])
    await store.unit(lambda tx: [keep(tx, f"n{number}", "failed", visit="v2") for number in range(7)])

    for state, keys, wanted in (
        (None, {}, 14),
        ("kept", {}, 7),
        (None, {"visit": "v1"}, 7),
        ("failed", {"visit": "v1"}, 0),
        (None, {"visit": "v2", "sender": "ward"}, 7),
        (None, {"visit": "v2", "sender": "nobody"}, 0),
    ):
        whole = await store.view(lambda view, state=state, keys=keys: view.records("message", state, keys=keys))
        assert [record.id for record in whole] == [record.id for record in await pages(store, state, keys)]
        assert len(whole) == wanted
        assert whole == sorted(whole, key=lambda record: (record.updated, record.id), reverse=True)


async def test_a_record_is_seen_in_a_view(open_store: OpenStore) -> None:
    store = open_store()
    await store.unit(lambda tx: keep(tx, "m1"))

    found = await store.view(lambda view: view.recorded("message", "m1"))

    assert found is not None
    assert found.keys == {"visit": "v1", "sender": "ward"}
    assert await store.view(lambda view: view.recorded("message", "m2")) is None


def keep(tx: Transaction, id: str, state: str = "kept", visit: str = "v1") -> None:
    tx.record("message", id, state, {"visit": visit, "sender": "ward"}, {})


async def visits(store: Store, beginning: str = "") -> list[str]:
    found = await store.view(lambda view: view.first_records("message", "visit", 100, beginning=beginning))
    return [record.keys["visit"] for record in found]


async def pages(store: Store, state: str | None, keys: dict[str, str]) -> list[Record]:
    found: list[Record] = []
    while page := await store.view(partial(View.records, kind="message", state=state, keys=keys, limit=3, before=last(found))):
        found += page
    return found


def last(found: list[Record]) -> Record | None:
    return found[-1] if found else None
