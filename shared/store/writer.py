"""The one that writes: a thread that drains waiting units of work into groups, each group one transaction and one commit.

What goes wrong in one unit reaches its caller only. Most that fail do so before they write, and leave nothing to undo. Where one
fails later the whole group is undone and runs again, each unit in a savepoint of its own now; so do some groups after it.
Savepoints for all of them cost a message of a feed a tenth: SQLite copies every page that changes in one
(docs/decisions/one-writer.md). Callers are answered after the commit.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from queue import Empty, SimpleQueue
from typing import Any, Final

from shared.fhir.caller import Caller
from shared.fhir.refusal import Unavailable
from shared.kernel.clock import Clock
from shared.kernel.trace import Cause
from shared.store.connection import Unknown, WritingConnection
from shared.store.kept import Kept
from shared.store.numbers import Numbers
from shared.store.still import Key, Still
from shared.store.transaction import GoesAlone, InTrouble, Transaction

GROUP_UNITS: Final = 64
GROUP_SECONDS: Final = 0.025
_AHEAD: Final = 32
"""Of so many units that wait is read what they foresee: about as many as come into one group."""
_PAUSES: Final = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 2.0, 2.0, 2.0)
"""Seconds between the tries of a unit whose connection was lost."""
_SAVEPOINT: Final = "unit"
_WARY_GROUPS: Final = 64
"""So many groups have savepoints after one that would have needed them."""
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Waiting:
    """A unit of work whose caller waits in an event loop. `error` or `result` once it has run; `alone`: it is too large for a
    group."""

    work: Callable[[Transaction], Any]
    caller: Caller
    cause: Cause
    foresees: Sequence[Key]
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]
    result: Any = None
    error: BaseException | None = None
    wrote: bool = False
    alone: bool = False

    def answer(self) -> None:
        if self.future.done():
            return
        if self.error is None:
            self.future.set_result(self.result)
        else:
            self.future.set_exception(self.error)


Measured = Callable[[int, float], None]
"""Told of every commit, in the writer's thread: how many units it was of, and the seconds since its transaction began."""


def unmeasured(units: int, seconds: float) -> None:
    """Who listens where nobody does."""


class Writer:
    """`wrote` is called in an event loop's thread after each group that wrote something."""

    def __init__(self, connection: WritingConnection, kept: Kept, clock: Clock, wrote: Callable[[], None]) -> None:
        self._connection = connection
        self._kept = kept
        self._clock = clock
        self._wrote = wrote
        self._queue: SimpleQueue[Waiting | None] = SimpleQueue()
        self._taken: deque[Waiting | None] = deque()
        self._still = Still()
        self._numbers = Numbers()
        self._closing = False
        self._wary = 0
        self._began = 0.0
        self.measured: Measured = unmeasured
        self._thread = threading.Thread(target=self._run, name=f"{kept.service} writer", daemon=True)
        self._thread.start()

    def submit(
        self, work: Callable[[Transaction], Any], caller: Caller, cause: Cause, foresees: Sequence[Key]
    ) -> asyncio.Future[Any]:
        """Queue a unit of work; the future is of the running event loop. Raises Unavailable when closing."""
        if self._closing:
            raise Unavailable("the store is closing")
        loop = asyncio.get_running_loop()
        waiting = Waiting(work, caller, cause, foresees, loop, loop.create_future())
        self._queue.put(waiting)
        return waiting.future

    def close(self, grace: float) -> None:
        """Finish what waits, within `grace` seconds; what is left then is answered Unavailable."""
        self._closing = True
        self._queue.put(None)
        self._thread.join(grace)
        left = [waiting for waiting in (*self._taken, *_emptied(self._queue)) if waiting is not None]
        for waiting in left:
            waiting.error = Unavailable("the store was closed")
        self._answer(left)

    def _run(self) -> None:
        while (first := self._taken.popleft() if self._taken else self._queue.get()) is not None:
            try:
                self._serve(first)
            except Exception:  # noqa: BLE001 (the thread must outlive what nobody thought of)
                _log.exception("the writer stumbled")
        self._connection.close()

    def _serve(self, first: Waiting) -> None:
        if first.alone:
            self._one_by_one([first])
            return
        group: list[Waiting] = []
        run = self._in_savepoint if self._wary else self._unguarded
        self._wary = max(0, self._wary - 1)
        try:
            self._begin()
            for waiting in self._arriving(first):
                group.append(waiting)
                run(waiting)
        except Spoiled:
            self._wary = _WARY_GROUPS
            self._begin_again(group)
        except GoesAlone:
            group[-1].alone = True
            self._begin_again(group)
        except Exception as error:  # noqa: BLE001 (whatever ended the transaction, the units run again)
            _log.info("a group of %d units runs again one by one: %r", len(group), error)
            self._connection.rollback()
            self._one_by_one(group or [first])
        else:
            self._finish(group)

    def _begin_again(self, group: list[Waiting]) -> None:
        """As if they had only just come, before all that wait."""
        self._connection.rollback()
        self._taken.extendleft(reversed(group))

    def _finish(self, group: list[Waiting]) -> None:
        error = self._commit(len(group))
        if isinstance(error, Unknown):
            for waiting in group:
                waiting.error = self._told(error)
        elif error is not None:
            self._one_by_one(group)
            return
        self._answer(group)

    def _commit(self, units: int) -> Exception | None:
        try:
            self._connection.commit()
            self.measured(units, time.monotonic() - self._began)
        except Exception as error:  # noqa: BLE001 (the caller decides)
            return self._became_of(error)
        return None

    def _became_of(self, error: Exception) -> Exception | None:
        try:
            if self._connection.committed():
                return None
        except Unknown as unknown:
            error = unknown
        self._connection.rollback()
        return error

    def _arriving(self, first: Waiting) -> Iterator[Waiting]:
        """What waits now, and what arrives while the group runs, until it is large or old enough."""
        until = time.monotonic() + GROUP_SECONDS
        self._look_ahead(first)
        yield first
        for _ in range(GROUP_UNITS - 1):
            if time.monotonic() > until:
                return
            if not self._taken:
                self._look_ahead()
            waiting = self._taken[0] if self._taken else None
            if waiting is None or waiting.alone:
                return
            self._taken.popleft()
            yield waiting

    def _look_ahead(self, *at_hand: Waiting) -> None:
        """Take all that waits now, and read what the next of it will read, where that is cheaper than one by one."""
        self._taken += _emptied(self._queue)
        if self._connection.dialect == "postgresql":
            soon = (*at_hand, *islice(self._taken, _AHEAD))
            foreseen = [key for waiting in soon if waiting for key in waiting.foresees]
            if len(foreseen) > 1:
                self._still.foresee(self._connection, foreseen)

    def _begin(self) -> None:
        self._began = time.monotonic()
        self._still = Still()
        self._connection.begin()
        self._numbers.read(self._connection)

    def _unguarded(self, waiting: Waiting) -> None:
        """Run a unit that most likely has written nothing if it fails. Raises Spoiled where it has; GoesAlone."""
        numbers, written = self._numbers.mark(), self._connection.written
        try:
            self._work(waiting, alone=False)
        except GoesAlone:
            raise
        except BaseException as error:
            if self._connection.written != written or not self._connection.is_sound():
                raise Spoiled from error
            self._numbers.reset(numbers)
            waiting.error = self._told(error)

    def _in_savepoint(self, waiting: Waiting) -> None:
        """Run a unit so that what it raises reaches nobody else. Raises only what ends the whole transaction."""
        connection, before = self._connection, self._numbers.mark()
        connection.savepoint(_SAVEPOINT)
        try:
            self._work(waiting, alone=False)
            connection.release(_SAVEPOINT)
        except GoesAlone:
            raise
        except BaseException as error:
            if not connection.is_sound():
                raise TransactionGone from error
            connection.rollback_to(_SAVEPOINT)
            self._numbers.reset(before)
            self._still.forget()
            waiting.error = self._told(error)

    def _one_by_one(self, group: list[Waiting]) -> None:
        """Each unit in a transaction of its own, in order; tried again for some seconds where that may help."""
        for waiting in group:
            for pause in _PAUSES:
                error = self._alone(waiting)
                waiting.error = error and self._told(error)
                if error is None or self._closing or not self._connection.may_recover(error):
                    break
                time.sleep(pause)
            self._answer([waiting])

    def _alone(self, waiting: Waiting) -> BaseException | None:
        try:
            self._begin()
            self._work(waiting, alone=True)
        except BaseException as error:  # noqa: BLE001 (its caller is told)
            self._connection.rollback()
            return error
        return self._commit(1)

    def _work(self, waiting: Waiting, *, alone: bool) -> None:
        before = self._numbers.mark()
        waiting.result = waiting.error = None
        still, now = self._still, self._clock()
        tx = Transaction(self._connection, self._kept, self._numbers, still, waiting.caller, waiting.cause, now, alone=alone)
        try:
            waiting.result = waiting.work(tx)
        except InTrouble as trouble:
            raise trouble.error from None
        waiting.wrote = self._numbers.mark() != before

    def _told(self, error: BaseException) -> BaseException:
        """What the caller is told of an error, in a form that a future may hold."""
        if isinstance(error, Unknown) or self._connection.is_trouble(error):
            return Unavailable(f"the database cannot take this now: {error}")
        return RuntimeError(f"a unit of work raised {error!r}") if isinstance(error, StopIteration) else error

    def _answer(self, group: list[Waiting]) -> None:
        """One call into each event loop for all that wait there."""
        for loop in {waiting.loop for waiting in group}:
            there = [waiting for waiting in group if waiting.loop is loop]
            with suppress(RuntimeError):  # the loop was closed: nobody waits there any more
                loop.call_soon_threadsafe(self._tell, there)

    def _tell(self, group: list[Waiting]) -> None:
        for waiting in group:
            waiting.answer()
        if any(waiting.wrote for waiting in group):
            self._wrote()


class Spoiled(Exception):
    """A unit failed and has left something in the transaction."""


class TransactionGone(Exception):
    """The database ended the transaction on its own account."""


def _emptied(queue: SimpleQueue[Waiting | None]) -> Iterator[Waiting | None]:
    while True:
        try:
            yield queue.get_nowait()
        except Empty:
            return
