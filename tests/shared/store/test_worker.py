"""What waits is done: the longest due first, so many at once, whatever becomes of the others and of who does it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import timedelta

from shared.fhir.caller import LOCAL
from shared.kernel.clock import system_now
from shared.store.queue import TAKEN, Queue
from shared.store.store import Store
from shared.store.transaction import Transaction
from shared.store.version import Record
from shared.store.worker import Worker, at_work
from tests.conftest import OpenStore

QUEUE = Queue("letter", "north")
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
Does = Callable[[Record], Awaitable[None]]
Working = AbstractAsyncContextManager[None]


@dataclass
class Office:
    """One that works on a store: what it has begun, in that order, and how much at a time."""

    store: Store
    begun: list[str] = field(default_factory=list)
    most: int = 0
    _now: int = 0

    def works(self, does: Does | None = None, *, queue: Queue = QUEUE, hold: timedelta = MINUTE) -> Working:
        does = does or self.ends

        async def do(record: Record) -> None:
            self.begun.append(record.id)
            self._now += 1
            self.most = max(self.most, self._now)
            try:
                await does(record)
            finally:
                self._now -= 1

        return at_work([Worker(queue, do, self.store, LOCAL, at_once=4, hold=hold)])

    async def ends(self, record: Record) -> None:
        await self.store.unit(lambda tx: tx.record(record.kind, record.id, "done", {}, {}))

    async def puts(self, *ids: str, after: timedelta = -SECOND, queue: Queue = QUEUE) -> None:
        def put(tx: Transaction) -> None:
            for place, id in enumerate(ids):
                queue.put(id, tx.now + after + place * SECOND / 1000, {}, tx)

        await self.store.unit(put)

    async def done(self, number: int) -> list[Record]:
        """What is done, when it is so many."""
        async with asyncio.timeout(20):
            while True:
                found = await self.store.view(lambda view: view.records("letter", "done", limit=10_000))
                if len(found) >= number:
                    return found
                await asyncio.sleep(0.01)

    async def begins(self, number: int) -> None:
        async with asyncio.timeout(20):
            while True:
                if len(self.begun) >= number:
                    return
                await asyncio.sleep(0.01)


async def hangs(_: Record) -> None:
    await asyncio.Event().wait()


async def test_of_five_thousand_the_longest_due_are_done_first_and_so_many_at_once(open_store: OpenStore) -> None:
    office = Office(open_store())
    ids = [f"r{n:04}" for n in range(5_000)]
    await office.puts(*ids, after=-3600 * SECOND)

    async with office.works():
        await office.done(100)

    assert office.begun == ids[: len(office.begun)]
    assert office.most == 4


async def test_what_is_due_later_is_done_then_and_not_before(open_store: OpenStore) -> None:
    office = Office(open_store())
    async with office.works():
        due = system_now() + SECOND / 2
        await office.puts("later", after=SECOND / 2)
        await office.puts("now")

        [first] = await office.done(1)
        both = await office.done(2)

    assert first.id == "now"
    assert min(record.updated for record in both if record.id == "later") > due - SECOND / 100


async def test_what_is_not_done_is_taken_again_when_its_time_is_over_and_the_others_go_on(open_store: OpenStore) -> None:
    office = Office(open_store())
    found: list[str] = []

    async def fails_once(record: Record) -> None:
        if record.id == "bad":
            found.append(record.state)
            if len(found) == 1:
                raise ZeroDivisionError
        await office.ends(record)

    await office.puts("bad", "good", "better")
    async with office.works(fails_once, hold=SECOND / 2):
        await office.done(3)

    assert office.begun == ["bad", "good", "better", "bad"]
    assert found[1] == TAKEN


async def test_what_one_leaves_in_the_middle_another_does(open_store: OpenStore) -> None:
    office, next_one = Office(open_store()), Office(open_store())
    await office.puts("one")
    async with office.works(hangs, hold=SECOND / 2):
        await office.begins(1)

    async with next_one.works():
        await next_one.done(1)

    assert (office.begun, next_one.begun) == (["one"], ["one"])


async def test_two_processes_do_everything_once(open_store: OpenStore) -> None:
    offices = [Office(open_store()) for _ in range(2)]
    ids = [f"r{n:03}" for n in range(200)]
    await offices[0].puts(*ids)

    async with offices[0].works(), offices[1].works():
        await offices[0].done(200)

    assert sorted(offices[0].begun + offices[1].begun) == ids
    assert all(office.begun for office in offices)


async def test_who_hangs_delays_nobody_who_waits_elsewhere(open_store: OpenStore) -> None:
    office, south = Office(open_store()), Queue("letter", "south")
    await office.puts(*(f"north{n}" for n in range(40)))
    async with office.works(hangs), office.works(queue=south):
        await office.puts(*(f"south{n}" for n in range(40)), queue=south)

        done = await office.done(40)

    assert {record.id[:5] for record in done} == {"south"}


async def test_a_look_that_goes_wrong_is_followed_by_another(open_store: OpenStore) -> None:
    office = Office(open_store())

    async def renames(table: str, name: str) -> None:
        await office.store.unit(lambda tx: tx.connection.execute(f"ALTER TABLE {table} RENAME TO {name}"))

    await office.puts("one")
    await renames("record_key", "away")
    async with office.works():
        await asyncio.sleep(0.1)
        assert office.begun == []

        await renames("away", "record_key")

        await office.done(1)
