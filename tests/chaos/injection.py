"""Making a fault happen, and undoing what can be undone."""

from __future__ import annotations

import asyncio
import resource
import shutil
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from random import Random

from tests.chaos.book import Book
from tests.chaos.faults import Fault
from tests.chaos.instance import SERVICES, Instance
from tests.chaos.place import Place
from tests.chaos.poison import poison
from tests.chaos.stream import Hand

_CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
_ROOM = (0, 64 << 10, 256 << 10, 1 << 20)

Doing = Callable[[Fault, Random], Awaitable[None]]


class Injection:
    """`await run(faults)`, then `await undo()`: everybody is there again and undisturbed."""

    def __init__(self, place: Place, book: Book) -> None:
        self.happened: list[Fault] = []
        self.failed: list[str] = []
        self._place = place
        self._book = book
        self._broker = asyncio.Lock()
        self._database = asyncio.Lock()
        self._does: dict[str, Doing] = {
            "broker killed": self._kill_broker,
            "broker paused": self._pause_broker,
            "stream's tail lost": self._lose_tail,
            "stream's last messages deleted": self._delete_latest,
            "stream deleted": self._delete_stream,
            "consumer deleted": self._delete_consumer,
            "events delivered twice": self._twice,
            "events delivered late and shuffled": self._late,
            "poison": self._poison,
            "power cut": self._cut_power,
            "service killed": self._kill_service,
            "service paused": self._pause_service,
            "service stopped": self._stop_service,
            "clock off": self._clock_off,
            "reactions fail": self._reactions_fail,
            "disk full": self._disk_full,
            "database killed": self._kill_database,
            "database restarted": self._restart_database,
            "connections cut": self._cut_connections,
            "server's disk full": self._fill_disk,
        }

    async def run(self, faults: list[Fault]) -> None:
        """Each at its time, beside the others; what concerns the broker, or the database, one after the other."""
        await asyncio.gather(*(self._happens(fault) for fault in faults))

    async def undo(self) -> None:
        self._all(signal.SIGCONT)
        for instance in self._place.instances:
            for service in SERVICES:
                instance.offsets[service] = timedelta()
                instance.have_reactions_fail(service, 0)
                _limit(instance.pid(service), None)
        self._place.broker.resume()

    async def _happens(self, fault: Fault) -> None:
        await asyncio.sleep(fault.at)
        try:
            await self._does[fault.kind](fault, Random(fault.seed))
        except Exception as error:  # noqa: BLE001 (the broker may be away: then this fault doesn't happen)
            self.failed.append(f"{fault}: {type(error).__name__} {error}")
        else:
            self.happened.append(fault)

    # the broker and its stream

    async def _kill_broker(self, fault: Fault, _: Random) -> None:
        async with self._broker:
            self._book.lose_poison()
            await asyncio.to_thread(self._place.broker.kill)
            await asyncio.sleep(fault.lasts)
            await asyncio.to_thread(self._place.broker.start)

    async def _pause_broker(self, fault: Fault, _: Random) -> None:
        async with self._broker:
            self._place.broker.pause()
            await asyncio.sleep(fault.lasts)
            self._place.broker.resume()

    async def _lose_tail(self, fault: Fault, random: Random) -> None:
        """The disk had not everything yet that was acknowledged when the machine lost power."""
        async with self._broker:
            saved = self._place.folder / f"saved-{fault.at:.3f}"
            self._place.broker.pause()
            await asyncio.to_thread(self._place.broker.save, saved)
            self._place.broker.resume()
            await asyncio.sleep(0.5 + random.random() * 2)
            await asyncio.to_thread(self._place.broker.kill)
            self._book.lose_poison()
            await asyncio.to_thread(self._place.broker.put_back, saved)
            await asyncio.to_thread(shutil.rmtree, saved, ignore_errors=True)
            await asyncio.to_thread(self._place.broker.start)

    async def _delete_latest(self, fault: Fault, random: Random) -> None:
        """While nobody can publish behind them. What is missing shows when the services connect again."""
        async with self._broker:
            self._book.lose_poison()
            self._all(signal.SIGSTOP)
            try:
                async with Hand(self._place.broker.url) as hand:
                    await hand.delete_latest(random.randint(5, 60))
                await asyncio.to_thread(self._place.broker.kill)
                await asyncio.to_thread(self._place.broker.start)
            finally:
                self._all(signal.SIGCONT)

    def _all(self, number: signal.Signals) -> None:
        for instance in self._place.instances:
            for service in SERVICES:
                instance.signal(service, number)

    async def _delete_stream(self, fault: Fault, _: Random) -> None:
        async with self._broker, Hand(self._place.broker.url) as hand:
            self._book.lose_poison()
            await hand.delete_stream()

    async def _delete_consumer(self, fault: Fault, _: Random) -> None:
        async with self._broker, Hand(self._place.broker.url) as hand:
            await hand.delete_consumer(fault.victim)

    async def _twice(self, _: Fault, random: Random) -> None:
        async with self._broker, Hand(self._place.broker.url) as hand:
            await hand.again(await hand.latest(random.randint(10, 80)), random)

    async def _late(self, fault: Fault, random: Random) -> None:
        async with self._broker, Hand(self._place.broker.url) as hand:
            kept = await hand.latest(random.randint(10, 80))
        await asyncio.sleep(fault.lasts)
        async with self._broker, Hand(self._place.broker.url) as hand:
            await hand.again(kept, random)

    async def _poison(self, fault: Fault, random: Random) -> None:
        async with self._broker, Hand(self._place.broker.url) as hand:
            await poison(hand, self._book, random)

    async def _cut_power(self, fault: Fault, _: Random) -> None:
        async with self._broker:
            self._book.lose_poison()
            await asyncio.to_thread(self._place.cut_power)

    # a service, in one of its instances

    async def _kill_service(self, fault: Fault, random: Random) -> None:
        self._one(random).signal(fault.victim, signal.SIGKILL)

    async def _pause_service(self, fault: Fault, random: Random) -> None:
        instance = self._one(random)
        instance.signal(fault.victim, signal.SIGSTOP)
        await asyncio.sleep(fault.lasts)
        instance.signal(fault.victim, signal.SIGCONT)

    async def _stop_service(self, fault: Fault, random: Random) -> None:
        self._one(random).signal(fault.victim, signal.SIGTERM)

    async def _clock_off(self, fault: Fault, random: Random) -> None:
        instance = self._one(random)
        instance.offsets[fault.victim] = timedelta(minutes=random.choice((-1, 1)) * random.uniform(1, 12))
        await asyncio.sleep(2 * fault.lasts)
        instance.offsets[fault.victim] = timedelta()

    async def _reactions_fail(self, fault: Fault, random: Random) -> None:
        instance = self._one(random)
        instance.have_reactions_fail(fault.victim, random.randint(1, 5))
        await asyncio.sleep(fault.lasts)
        instance.have_reactions_fail(fault.victim, 0)

    async def _disk_full(self, fault: Fault, random: Random) -> None:
        """None of its files may grow any more."""
        instance = self._one(random)
        _limit(instance.pid(fault.victim), instance.log_size(fault.victim) + 4096)
        await asyncio.sleep(fault.lasts)
        _limit(instance.pid(fault.victim), None)

    def _one(self, random: Random) -> Instance:
        return random.choice(self._place.instances)

    # PostgreSQL

    async def _kill_database(self, fault: Fault, _: Random) -> None:
        await self._restart("immediate")

    async def _restart_database(self, fault: Fault, _: Random) -> None:
        await self._restart("fast")

    async def _restart(self, how: str) -> None:
        server = self._place.server
        assert server
        async with self._database:
            await asyncio.to_thread(server.restart, how)

    async def _cut_connections(self, fault: Fault, _: Random) -> None:
        server = self._place.server
        assert server
        async with self._database:
            await asyncio.to_thread(server.administer, _CUT)

    async def _fill_disk(self, fault: Fault, random: Random) -> None:
        """What finds no room first: a table that grows, or the server's log, by which it panics."""
        server = self._place.server
        assert server
        async with self._database:
            await asyncio.to_thread(server.fill_disk, random.choice(_ROOM))
            await asyncio.sleep(2 * fault.lasts)
            await asyncio.to_thread(server.free_disk)


def _limit(pid: int | None, size: int | None) -> None:
    """How large files may get that a running process writes: prlimit(2). None: as large as they like."""
    if pid is not None:
        soft = resource.RLIM_INFINITY if size is None else size
        with suppress(ProcessLookupError):
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (soft, resource.RLIM_INFINITY))
