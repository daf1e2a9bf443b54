"""What one unit of a group has read, those behind it know; and never anything that is not so any more."""

from __future__ import annotations

import asyncio
from typing import Any

from shared.fhir.refusal import Conflict
from shared.store.store import Store
from shared.store.transaction import Transaction
from shared.store.view import View
from tests.conftest import OpenStore
from tests.contracts.plans import PLAN, a_plan, put

PLANS = [("CarePlan", f"p{number}") for number in range(40)]


def titled(title: str) -> Any:
    return put(a_plan(title=title), "p1")


def title(tx: Transaction) -> str:
    return str((tx.read("CarePlan", "p1") or {}).get("title", "none"))


def noted(tx: Transaction) -> object:
    record = tx.recorded("note", "n1")
    return record and record.body["said"]


async def together(store: Store, *units: Any, foresees: Any = ()) -> list[Any]:
    """In one group, or at least in this order."""
    return await asyncio.gather(*(store.unit(unit, foresees=foresees) for unit in units), return_exceptions=True)


async def test_a_unit_reads_what_those_before_it_in_its_group_have_written(open_store: OpenStore) -> None:
    store = open_store(owns=[PLAN])

    found = await together(store, title, titled("one"), title, titled("two"), title, foresees=PLANS[:2])

    assert (found[0], found[2], found[4]) == ("none", "one", "two")


async def test_what_a_unit_wrote_before_it_failed_nobody_reads(open_store: OpenStore) -> None:
    store = open_store(owns=[PLAN])
    await store.unit(titled("old"))

    def fails(tx: Transaction) -> None:
        titled("new")(tx)
        tx.record("note", "n1", "", {}, {"said": "new"})
        raise Conflict("no")

    def partly(tx: Transaction) -> None:
        try:
            tx.attempt(lambda: fails(tx))
        except Conflict:
            tx.count("caught")

    for unit in (fails, partly):
        found = await together(store, title, noted, unit, title, noted, foresees=PLANS[:2])

        assert (found[0], found[1], found[3], found[4]) == ("old", None, "old", None)


async def test_a_record_is_read_once_and_what_is_done_to_what_was_read_changes_nothing(open_store: OpenStore) -> None:
    store = open_store()

    def spoils(tx: Transaction) -> None:
        record = tx.recorded("note", "n1")
        assert record is not None
        record.body["said"] = "spoilt"

    def notes(said: str) -> Any:
        return lambda tx: tx.record("note", "n1", "open", {}, {"said": said})

    def restated(tx: Transaction) -> str:
        tx.restate("note", "open", "closed")
        record = tx.recorded("note", "n1")
        return record.state if record else ""

    found = await together(store, noted, notes("a"), noted, spoils, noted, notes("b"), noted, restated)

    assert [found[place] for place in (0, 2, 4, 6, 7)] == [None, "a", "a", "b", "closed"]


async def test_what_many_units_foresee_they_find_as_it_is(open_store: OpenStore) -> None:
    store = open_store(owns=[PLAN])
    await together(store, *(put(a_plan(title=id), id) for _, id in PLANS[:30]))

    def reads(id: str) -> Any:
        return lambda tx: (tx.read("CarePlan", id) or {}).get("title")

    found = await asyncio.gather(*(store.unit(reads(id), foresees=[("CarePlan", id)]) for _, id in PLANS))

    assert found == [id for _, id in PLANS[:30]] + [None] * 10


async def test_another_process_writes_between_two_groups(open_store: OpenStore) -> None:
    here, there = open_store(owns=[PLAN]), open_store(owns=[PLAN])
    await here.unit(titled("one"))

    for turn in range(5):
        await there.unit(titled(f"turn {turn}"))
        assert await here.unit(title) == f"turn {turn}"


async def test_a_look_of_several_reads_is_of_one_moment(open_store: OpenStore) -> None:
    store = open_store(owns=[PLAN])

    def both(view: View) -> tuple[Any, Any]:
        first, second = view.read("CarePlan", "p1"), view.read("CarePlan", "p2")
        return first and first["title"], second and second["title"]

    async def writes() -> None:
        for turn in range(60):
            await store.unit(lambda tx, turn=turn: [put(a_plan(title=f"{turn}"), id)(tx) for id in ("p1", "p2")])

    writing = asyncio.create_task(writes())
    seen = []
    while not writing.done():
        seen += [await store.view(both), await store.view(both, once=True)]
        await asyncio.sleep(0)

    assert all(one == other for one, other in seen)
    assert len(set(seen)) > 1
