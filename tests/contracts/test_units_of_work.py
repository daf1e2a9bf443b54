"""One writer: what goes wrong in one unit reaches its caller only, and every unit sees a still world."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import Any

import pytest

from shared.fhir.refusal import PreconditionFailed, Refusal, Unavailable
from shared.store.store import Store
from shared.store.transaction import WRITES_IN_A_GROUP, Transaction
from shared.store.view import View
from shared.store.writer import GROUP_SECONDS
from tests.conftest import OpenStore
from tests.contracts.plans import PLAN, TASK, a_plan, drafted, post, put


def numbers(view: View) -> list[tuple[int, ...]]:
    return view.connection.rows("SELECT sequence, rid FROM version ORDER BY sequence")


async def all_of(store: Store, *units: Any) -> list[Any]:
    return await asyncio.gather(*(store.unit(unit) for unit in units), return_exceptions=True)


async def test_a_unit_that_raises_leaves_nothing_and_its_neighbours_commit(open_store: OpenStore) -> None:
    store = open_store(owns=[PLAN])

    def breaks(tx: Transaction) -> None:
        tx.write(drafted(a_plan()), "broken")
        tx.count("broken")
        raise ZeroDivisionError

    results = await all_of(store, *(breaks if n % 3 == 1 else put(a_plan(), f"p{n}") for n in range(30)))

    assert [isinstance(result, ZeroDivisionError) for result in results] == [n % 3 == 1 for n in range(30)]
    assert await store.view(lambda view: view.current("CarePlan", "broken")) is None
    assert await store.view(numbers) == [(n, n) for n in range(1, 21)]


class Neighbour:
    """A unit that counts how often it runs."""

    def __init__(self) -> None:
        self.runs = 0

    def __call__(self, tx: Transaction) -> None:
        self.runs += 1
        tx.write(drafted(a_plan()), tx.new_id())


async def in_one_group(store: Store, *units: Any) -> list[Any]:
    """They wait while a unit before them takes longer than a group may."""
    (_, *answers) = await all_of(store, lambda _: time.sleep(2 * GROUP_SECONDS), *units)
    return answers


async def test_who_fails_before_writing_costs_the_others_nothing(open_store: OpenStore) -> None:
    store, neighbour = open_store(owns=[PLAN]), Neighbour()

    def refuses(tx: Transaction) -> None:
        tx.current("CarePlan", "p1")
        raise PreconditionFailed("no")

    answers = await in_one_group(store, neighbour, refuses, neighbour, refuses)

    assert [isinstance(answer, PreconditionFailed) for answer in answers] == [False, True, False, True]
    assert neighbour.runs == len(await store.view(lambda view: view.history())) == 2


async def test_who_fails_after_writing_makes_the_others_run_again_once_and_those_of_later_groups_no_more(
    open_store: OpenStore,
) -> None:
    store, neighbour = open_store(owns=[PLAN]), Neighbour()

    def breaks(tx: Transaction) -> None:
        tx.write(drafted(a_plan()), "broken")
        raise ZeroDivisionError

    for runs in (3, 5):
        answers = await in_one_group(store, neighbour, breaks, neighbour)

        assert [isinstance(answer, ZeroDivisionError) for answer in answers] == [False, True, False]
        assert neighbour.runs == runs
    assert await store.view(lambda view: view.current("CarePlan", "broken")) is None
    assert await store.view(numbers) == [(n, n) for n in range(1, 5)]


async def test_a_statement_that_the_database_refuses_harms_only_its_own_unit(open_store: OpenStore) -> None:
    store = open_store(owns=[PLAN])

    def doubles_a_row(tx: Transaction) -> None:
        tx.write(drafted(a_plan()), "broken")
        tx.connection.execute("INSERT INTO version SELECT * FROM version WHERE number = 1")

    results = await all_of(store, put(a_plan(), "a"), doubles_a_row, put(a_plan(), "b"), doubles_a_row, put(a_plan(), "c"))

    assert [isinstance(result, Exception) for result in results] == [False, True, False, True, False]
    assert [version.id for version in await store.view(lambda view: view.history())] == ["c", "b", "a"]
    assert await store.view(numbers) == [(1, 1), (2, 2), (3, 3)]


async def test_what_stood_behind_a_refused_statement_can_be_done_later(open_store: OpenStore) -> None:
    store = open_store(owns=[PLAN])

    def count(tx: Transaction) -> None:
        tx.connection.execute("UPDATE counter SET amount = 1")

    def refused(tx: Transaction) -> None:
        tx.connection.execute("INSERT INTO counter SELECT 'a', NULL")
        count(tx)

    def gets_over_it(tx: Transaction) -> None:
        with suppress(Exception):
            tx.attempt(lambda: refused(tx))
        count(tx)

    for unit in (refused, count, refused, count, gets_over_it, gets_over_it, count):
        (answer,) = await all_of(store, unit)

        assert unit is refused or answer is None


async def test_50_parallel_conditional_creates_make_one(open_store: OpenStore) -> None:
    store = open_store(owns=[PLAN])

    def create_unless_there(tx: Transaction) -> str:
        found = tx.connection.row("SELECT id FROM resource WHERE type = 'CarePlan'")
        return found[0] if found else tx.write(drafted(a_plan()), tx.new_id()).version.id

    results = await all_of(store, *[create_unless_there] * 50)

    assert len(set(results)) == 1
    assert len(await store.view(lambda view: view.history())) == 1


async def test_20_parallel_if_match_make_one_success(open_store: OpenStore) -> None:
    store = open_store(owns=[PLAN])
    await store.unit(put(a_plan(), "p1"))

    def update_if_first(title: str) -> Any:
        def update(tx: Transaction) -> int:
            current = tx.current("CarePlan", "p1")
            if current is None or current.number != 1:
                raise PreconditionFailed("another was faster")
            return tx.write(drafted(a_plan(title=title)), "p1").version.number

        return update

    results = await all_of(store, *(update_if_first(f"Title {n}") for n in range(20)))

    assert [result for result in results if isinstance(result, int)] == [2]
    assert sum(isinstance(result, PreconditionFailed) for result in results) == 19


async def test_a_part_that_fails_leaves_nothing_and_the_unit_goes_on(open_store: OpenStore) -> None:
    store = open_store(owns=[PLAN])

    def part(tx: Transaction, id: str, then: str = "") -> str:
        tx.write(drafted(a_plan()), id)
        if then == "refuse":
            raise PreconditionFailed("no")
        if then:
            tx.connection.execute(then)
        return id

    def batch(tx: Transaction) -> list[object]:
        done: list[object] = []
        for id, then in (("a", ""), ("b", "refuse"), ("c", "INSERT INTO counter SELECT 'a', NULL"), ("d", "")):
            try:
                done.append(tx.attempt(lambda id=id, then=then: part(tx, id, then)))
            except Exception as error:  # noqa: BLE001 (a refusal and an error of the database)
                done.append(isinstance(error, Refusal))
        return done

    results = await all_of(store, post(a_plan()), batch, post(a_plan()))

    assert results[1] == ["a", True, False, "d"]
    assert [version.id for version in await store.view(lambda view: view.history())][1:3] == ["d", "a"]
    assert len(await store.view(numbers)) == 4


async def test_what_was_foreseen_is_what_is_read(open_store: OpenStore) -> None:
    store = open_store(owns=[PLAN])
    await store.unit(put(a_plan(), "a"))

    def look(tx: Transaction) -> list[bool]:
        tx.foresee([("CarePlan", "a"), ("CarePlan", "b"), ("CarePlan", "a"), ("Task", "a")])
        tx.write(drafted(a_plan()), "b")
        return [tx.current(type, id) is not None for type, id in (("CarePlan", "a"), ("CarePlan", "b"), ("Task", "a"))]

    assert await store.unit(look) == [True, True, False]


async def test_a_look_that_asks_for_more_than_it_seemed_to_is_of_one_moment_all_the_same(open_store: OpenStore) -> None:
    store = open_store(owns=[PLAN])

    def counts_twice(view: View) -> tuple[Any, ...]:
        before = view.connection.only("SELECT count(*) FROM resource")
        if not committed.is_set():
            asyncio.run_coroutine_threadsafe(write(), loop).result()
        return before, view.connection.rows("SELECT count(*) FROM resource")

    async def write() -> None:
        committed.set()
        await store.unit(put(a_plan(), "a"))

    committed, loop = asyncio.Event(), asyncio.get_running_loop()
    before, after = await store.view(counts_twice)

    assert before == after


async def test_nothing_hangs_on_an_id_that_was_just_given(open_store: OpenStore) -> None:
    store = open_store(owns=[PLAN])

    assert await store.unit(lambda tx: (tx.gave(tx.new_id()), tx.gave("sent"))) == (True, False)


@pytest.mark.parametrize("do", [post(a_plan()), lambda tx: tx.propose(a_plan(id=tx.new_id()))], ids=["written", "proposed"])
async def test_a_unit_of_many_writes_goes_alone_and_holds_nobody_up(open_store: OpenStore, do: Any) -> None:
    store = open_store(owns=[PLAN])
    answered: list[str] = []
    alone: list[bool] = []

    def many(tx: Transaction) -> str:
        alone.append(False)
        for _ in range(WRITES_IN_A_GROUP + 20):
            do(tx)
        alone[-1] = True
        return "many"

    async def run(name: str, unit: Any) -> None:
        await store.unit(unit)
        answered.append(name)

    await asyncio.gather(run("before", post(a_plan())), run("many", many), run("after", post(a_plan())))

    assert answered == ["before", "many", "after"]
    assert alone == [False, True]
    sequences = await store.view(lambda view: view.connection.rows("SELECT sequence FROM outbox ORDER BY sequence"))
    assert sequences == [(n,) for n in range(1, WRITES_IN_A_GROUP + 23)]


async def test_the_order_of_versions_is_the_order_of_events(open_store: OpenStore) -> None:
    store = open_store(owns=[PLAN, TASK])

    await all_of(store, *(post(a_plan()) for _ in range(100)))

    versions = await store.view(lambda view: view.connection.rows("SELECT v.sequence FROM version v ORDER BY sequence"))
    events = await store.view(lambda view: view.connection.rows("SELECT o.sequence FROM outbox o ORDER BY sequence"))
    assert versions == events == [(n,) for n in range(1, 101)]


async def test_two_stores_on_one_database_keep_the_still_world_and_the_order(open_store: OpenStore) -> None:
    stores = [open_store(owns=[PLAN]), open_store(owns=[PLAN])]

    def create_unless_there(key: str) -> Any:
        def create(tx: Transaction) -> str:
            found = tx.connection.row("SELECT owner FROM claim WHERE key = ?", (key,))
            if found:
                return str(found[0])
            written = tx.write(drafted(a_plan()), tx.new_id()).version
            tx.connection.execute("INSERT INTO claim VALUES (?, 0, 1, 2, ?)", (key, written.id))
            return written.id

        return create

    units = [stores[n % 2].unit(create_unless_there(f"key {n // 8}")) for n in range(160)]
    made = await asyncio.gather(*units)

    assert len(set(made)) == 20
    assert await stores[0].view(numbers) == [(n, n) for n in range(1, 21)]


async def test_who_listens_hears_once_of_each_group_that_wrote(open_store: OpenStore) -> None:
    store = open_store(owns=[PLAN])
    heard: list[int] = []
    store.listen(lambda: heard.append(1))

    await store.unit(lambda tx: tx.count("visits"))
    assert heard == []
    await all_of(store, *(post(a_plan()) for _ in range(20)))

    assert 1 <= len(heard) < 20


async def test_closing_finishes_what_waits_and_takes_nothing_more(open_store: OpenStore) -> None:
    store = open_store(owns=[PLAN])
    waiting = [asyncio.create_task(store.unit(post(a_plan()))) for _ in range(200)]
    await asyncio.sleep(0)

    await store.close()

    assert {written.effect for written in await asyncio.gather(*waiting)} == {"created"}
    with pytest.raises(Unavailable):
        await store.unit(post(a_plan()))
