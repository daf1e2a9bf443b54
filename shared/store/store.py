"""One service's store: opened once, written to in units of work, looked at in views."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Self, TypeVar

from shared.fhir.caller import LOCAL, Caller
from shared.fhir.refusal import Unavailable
from shared.kernel.clock import Clock, system_now
from shared.kernel.ids import new_id
from shared.kernel.trace import Cause
from shared.store.connection import AsksMore, Database, Dialect
from shared.store.database import database_of
from shared.store.glimpses import Glimpses
from shared.store.kept import Kept, OwnedType
from shared.store.migrate import migrate
from shared.store.transaction import Transaction
from shared.store.view import TakesLonger, View
from shared.store.writer import Measured, Writer

T = TypeVar("T")

_THREADS = 4


class Store:
    """`Store.open(…)`, then `await unit(work)` to write and `await view(look)` to read, `await close()` in the end."""

    def __init__(self, database: Database, kept: Kept, clock: Clock) -> None:
        self.kept = kept
        self._database = database
        self._clock = clock
        self._listeners: list[Callable[[], None]] = []
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix=f"{kept.service} reader")
        asking = database.asking()
        self._glimpses = Glimpses(asking) if asking else None
        self._writer = Writer(database.writer(), kept, clock, self._wrote)

    @classmethod
    def open(
        cls,
        url: str,
        *,
        service: str,
        owns: Iterable[OwnedType] = (),
        follows: Iterable[str] = (),
        clock: Clock = system_now,
    ) -> Self:
        """Open `sqlite:///<path>` or `postgresql://…`, and bring its tables up to date. Blocks while it does.

        `owns` are the service's Owned values. Raises ValueError for an address of another kind.
        """
        migrate(url)
        kept = Kept(service, {owned.name: owned for owned in owns}, frozenset(follows))
        return cls(database_of(url), kept, clock)

    @property
    def dialect(self) -> Dialect:
        return self._database.dialect

    async def unit(
        self,
        work: Callable[[Transaction], T],
        *,
        caller: Caller = LOCAL,
        cause: Cause | None = None,
        foresees: Sequence[tuple[str, str]] = (),
    ) -> T:
        """Run a unit of work and answer what it returns, once it is on disk. It may run more than once.

        `foresees`: (type, id) of resources that it will read; those of many units are read at once, where that is cheaper.

        Raises what the unit raises; Unavailable when the store is closing or its database is.
        """
        result: T = await self._writer.submit(work, caller, cause or Cause.start(new_id()), foresees)
        return result

    async def view(self, look: Callable[[View], T], *, caller: Caller = LOCAL, once: bool = False) -> T:
        """Look at one moment of the store. Point reads are answered at once where that is quick, others by a thread.

        `once`: the look is most likely one point read, which needs no transaction to be of one moment.
        """
        with suppress(TakesLonger):
            return await self._glance(look, caller, once=once)
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._look, look, caller)

    def listen(self, wrote: Callable[[], None]) -> None:
        """Have a function called in the event loop's thread after commits that wrote resources or events."""
        self._listeners.append(wrote)

    def measure(self, measured: Measured) -> None:
        """Have a function told of every commit: units and seconds. It runs in the writer's thread and must be quick."""
        self._writer.measured = measured

    async def close(self, grace: float = 10.0) -> None:
        """Finish the units that wait, for `grace` seconds at most, and let go of the database."""
        await asyncio.to_thread(self._writer.close, grace)
        self._threads.shutdown(wait=True, cancel_futures=True)
        if self._glimpses is not None:
            await self._glimpses.close()
        self._database.close()

    async def _glance(self, look: Callable[[View], T], caller: Caller, *, once: bool) -> T:
        """Raises TakesLonger for what the event loop's thread should not do."""
        if once and (glimpse := self._database.glimpsing()) is not None:
            with suppress(AsksMore):
                return look(View(glimpse, self._clock(), caller, glance=True))
        if (glance := self._database.glancing()) is not None:
            with glance as connection:
                return look(View(connection, self._clock(), caller, glance=True))
        if self._glimpses is not None:
            return await self._glimpses.look(look, self._clock(), caller)
        raise TakesLonger

    def _look(self, look: Callable[[View], T], caller: Caller, tries: int = 3) -> T:
        """A look that was cut off is begun again; where the database stays away its caller is told."""
        try:
            with suppress(AsksMore), self._database.reading() as connection:
                return look(View(connection, self._clock(), caller))
            with self._database.reading_all() as connection:
                return look(View(connection, self._clock(), caller))
        except Exception as error:
            if not self._database.lost(error):
                raise
            if tries == 1:
                raise Unavailable(f"the database cannot be read now: {error}") from error
        return self._look(look, caller, tries - 1)

    def _wrote(self) -> None:
        for wrote in self._listeners:
            wrote()
