"""Records that wait: the longest due first, each taken by one at a time, and none lost."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.store.queue import TAKEN, WAITING, Queue
from shared.store.store import Store
from shared.store.transaction import Transaction
from shared.store.version import Record
from tests.conftest import OpenStore

NINE = datetime(2026, 11, 23, 9, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
QUEUE = Queue("question", "northstar")
MANY = 5_000


@dataclass
class Hands:
    """A clock that tests move."""

    now: datetime = NINE

    def __call__(self) -> datetime:
        return self.now


async def puts(store: Store, dues: dict[str, datetime], queue: Queue = QUEUE) -> None:
    def put(tx: Transaction) -> None:
        for id, due in dues.items():
            queue.put(id, due, {}, tx)

    await store.unit(put)


async def takes(store: Store, limit: int, queue: Queue = QUEUE, hold: timedelta = MINUTE) -> list[Record]:
    return await store.unit(lambda tx: queue.take(limit, hold, tx))


def ids(records: list[Record]) -> list[str]:
    return [record.id for record in records]


async def test_of_a_long_queue_the_longest_due_are_taken_first(open_store: OpenStore) -> None:
    store = open_store(clock=Hands())
    order = [f"r{n}" for n in range(MANY)]
    dues = {id: NINE - timedelta(seconds=MANY - place) for place, id in enumerate(order)}
    await puts(store, {id: dues[id] for id in Random(7).sample(order, MANY)})

    taken = [ids(await takes(store, 8)) for _ in range(10)]

    assert [id for batch in taken for id in batch] == order[:80]
    assert ids(await takes(store, MANY)) == order[80:]


async def test_what_is_due_is_found_among_many_that_are_not(open_store: OpenStore) -> None:
    store = open_store(clock=Hands())
    await puts(store, {f"later{n}": NINE + HOUR + n * MINUTE for n in range(MANY)})
    await puts(store, {"second": NINE - MINUTE, "first": NINE - HOUR, "third": NINE})
    await puts(store, {f"latest{n}": NINE + timedelta(days=9) for n in range(10)})

    first = await store.view(lambda view: QUEUE.first(4, view))

    assert ids(first) == ["first", "second", "third", "later0"]
    assert QUEUE.due(first[-1]) == NINE + HOUR
    assert ids(await takes(store, 8)) == ["first", "second", "third"]
    assert await takes(store, 8) == []


async def test_what_waits_for_others_is_not_taken(open_store: OpenStore) -> None:
    store = open_store(clock=Hands())
    await puts(store, {"ours": NINE})
    for queue in (Queue("question", "evergreen"), Queue("question"), Queue("letter", "northstar")):
        await puts(store, {f"{queue.kind} of {queue.name}": NINE}, queue)

    assert ids(await takes(store, 8)) == ["ours"]


async def test_what_is_taken_is_free_again_when_its_time_is_over_and_says_that_it_was_lost(open_store: OpenStore) -> None:
    clock = Hands()
    store = open_store(clock=clock)
    await puts(store, {"one": NINE})
    [lost] = await takes(store, 8)
    clock.now += MINUTE - timedelta(milliseconds=1)
    assert await takes(store, 8) == []
    clock.now += timedelta(milliseconds=1)

    [found] = await takes(store, 8)

    assert (lost.state, found.state) == (WAITING, TAKEN)
    assert await store.view(lambda view: QUEUE.held(lost, view)) is None
    assert await store.view(lambda view: QUEUE.held(found, view)) is not None


async def test_what_is_to_be_done_anew_or_is_done_is_not_held(open_store: OpenStore) -> None:
    store = open_store(clock=Hands())
    await puts(store, {"anew": NINE, "done": NINE})
    taken = await takes(store, 8)

    await puts(store, {"anew": NINE})
    await store.unit(lambda tx: tx.record("question", "done", "answered", {}, {}))

    assert [await store.view(lambda view, one=one: QUEUE.held(one, view)) for one in taken] == [None, None]
    assert ids(await takes(store, 8)) == ["anew"]


async def test_other_keys_find_it_as_long_as_it_waits(open_store: OpenStore) -> None:
    store = open_store(clock=Hands())
    await store.unit(lambda tx: QUEUE.put("one", NINE, {"asks": "much"}, tx, {"request": "r1"}))
    await takes(store, 1)

    [found] = await store.view(lambda view: view.records("question", key=("request", "r1")))

    assert (found.state, found.body) == (TAKEN, {"asks": "much"})


async def test_two_processes_never_take_the_same(open_store: OpenStore) -> None:
    stores = [open_store(clock=Hands()) for _ in range(2)]
    await puts(stores[0], {f"r{n:03}": NINE - n * MINUTE for n in range(400)})

    async def takes_all(store: Store) -> list[str]:
        taken: list[str] = []
        while batch := ids(await takes(store, 3)):
            taken += batch
        return taken

    found = await asyncio.gather(*(takes_all(store) for store in stores for _ in range(3)))

    assert sorted(id for each in found for id in each) == [f"r{n:03}" for n in range(400)]
    assert all(each == sorted(each, reverse=True) for each in found)


@dataclass
class Model:
    """By id: when it is due, since when, and whether somebody has it."""

    now: datetime = NINE
    waits: dict[str, tuple[datetime, datetime, str]] = field(default_factory=dict)

    def puts(self, id: str, after: timedelta, state: str = WAITING) -> None:
        self.waits[id] = (self.now + after, self.now, state)

    def takes(self, limit: int, hold: timedelta) -> list[tuple[str, str]]:
        """Which, and in what state they were found."""
        due = sorted((due, since, id, state) for id, (due, since, state) in self.waits.items() if due <= self.now)
        for _, _, id, _ in due[:limit]:
            self.puts(id, hold, TAKEN)
        return [(id, state) for _, _, id, state in due[:limit]]


Step = tuple[str, object, timedelta]
few, spans = st.sampled_from("abcde"), st.integers(0, 5).map(lambda number: number * MINUTE)
STEPS = st.lists(
    st.tuples(st.just("puts"), few, spans)
    | st.tuples(st.just("takes"), st.integers(1, 4), spans.filter(bool))
    | st.tuples(st.just("ends"), few, spans)
    | st.tuples(st.just("passes"), st.none(), spans),
    max_size=25,
)
_cases = count()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
async def test_any_sequence_takes_what_a_sorted_list_would(open_store: OpenStore, steps: list[Step]) -> None:
    clock, model, queue = Hands(), Model(), Queue("question", f"case {next(_cases)}")
    store = open_store(clock=clock)
    for step, what, span in steps:
        if step == "puts":
            await puts(store, {f"{queue.name}{what}": clock.now + span}, queue)
            model.puts(f"{queue.name}{what}", span)
        elif step == "takes" and isinstance(what, int):
            taken = await takes(store, what, queue, span)
            assert [(record.id, record.state) for record in taken] == model.takes(what, span)
        elif step == "ends":
            id = f"{queue.name}{what}"
            await store.unit(lambda tx, id=id: tx.record("question", id, "answered", {}, {}))
            model.waits.pop(id, None)
        else:
            clock.now = model.now = clock.now + span
    await store.close()
