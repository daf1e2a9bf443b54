"""Who does what waits in a queue: the longest due first, so many at once; woken by commits and by what comes due."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Final

from shared.fhir.caller import Caller
from shared.fhir.refusal import Unavailable
from shared.store.queue import Queue
from shared.store.store import Store
from shared.store.version import Record

_LOOK_SECONDS: Final = 0.25
"""What another process has put into the queue is seen that soon, and a clock that was moved."""

_REST_SECONDS: Final = 0.03
"""A store that is written to all the time is looked at that often, not after every commit."""

_log = logging.getLogger(__name__)


class Worker:
    """`does` what a record asks for and notes what came of it, by `Queue.held` where another may have taken it meanwhile.

    A record is held for as long as `hold`; one whose doing raised is left until then, and taken again.
    """

    def __init__(
        self,
        queue: Queue,
        does: Callable[[Record], Awaitable[None]],
        store: Store,
        caller: Caller,
        *,
        at_once: int,
        hold: timedelta,
    ) -> None:
        self._queue = queue
        self._does = does
        self._store = store
        self._caller = caller
        self._at_once = at_once
        self._hold = hold
        self._doing: set[str] = set()
        self._woken = asyncio.Event()

    async def serve(self) -> None:
        """Until it is cancelled. What is being done then is left, and taken by who comes next."""
        self._store.listen(self._woken.set)
        async with asyncio.TaskGroup() as group:
            while True:
                self._woken.clear()
                await self._wait(await self._begin(group))

    async def _begin(self, group: asyncio.TaskGroup) -> float:
        """Begin with what is due, as far as there are places. In how many seconds it is worth looking again."""
        if len(self._doing) >= self._at_once:
            return _LOOK_SECONDS
        try:
            if (seconds := await self._next()) > 0:
                await asyncio.sleep(_REST_SECONDS)
                return seconds
            for record in await self._taken():
                self._doing.add(record.id)
                group.create_task(self._do(record))
        except Exception as error:  # noqa: BLE001 (what waits is not lost, and the next look may go well)
            if not isinstance(error, Unavailable):
                _log.exception("nothing could be taken of %s", self._queue)
            await asyncio.sleep(_LOOK_SECONDS)
        return 0.0

    async def _next(self) -> float:
        """Seconds until something is due that is not being done here; less than none if it is already."""
        now, first = await self._store.view(lambda view: (view.now, self._queue.first(self._at_once, view)))
        due = [self._queue.due(record) for record in first if record.id not in self._doing]
        return (due[0] - now).total_seconds() if due else _LOOK_SECONDS

    async def _taken(self) -> list[Record]:
        doing = frozenset(self._doing)
        free = self._at_once - len(doing)
        return await self._store.unit(lambda tx: self._queue.take(free, self._hold, tx, but=doing), caller=self._caller)

    async def _do(self, record: Record) -> None:
        try:
            await self._does(record)
        except Exception:  # noqa: BLE001 (the others go on; this one is taken again when its time is over)
            _log.exception("what %s holds as %s was not done", self._queue, record.id)
        finally:
            self._doing.discard(record.id)
            self._woken.set()

    async def _wait(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(min(seconds, _LOOK_SECONDS)):
                await self._woken.wait()


@asynccontextmanager
async def at_work(workers: Iterable[Worker]) -> AsyncIterator[None]:
    """They serve until it is left."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(worker.serve()) for worker in workers]
        yield
        for task in tasks:
            task.cancel()
