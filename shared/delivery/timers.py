"""Fires what is due: once, by any instance, each timer in a unit of work of its own; late rather than never."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import Final

import orjson
import structlog

from shared.delivery.taking import HOPELESS, Retrying
from shared.fhir.caller import Caller
from shared.kernel.clock import Clock
from shared.service import Service
from shared.store import dead_letters, timers
from shared.store.dead_letters import DeadLetter
from shared.store.instant import micros
from shared.store.repointing import JOBS
from shared.store.store import Store
from shared.store.transaction import Transaction
from shared.store.version import Timer

_LOOK_SECONDS: Final = 0.1
"""A clock that is moved by a file is read that often, and timers of other processes are seen that soon."""

_AT_ONCE: Final = 100
TIMERS: Final = Caller("timers", kind="service")

_log = structlog.get_logger()


class Timers:
    """What is due goes by the deployment's clock, waiting for another try by the monotonic one."""

    def __init__(self, service: Service, store: Store, clock: Clock, retrying: Retrying) -> None:
        self._handlers = {**service.timers, **JOBS}
        self._store = store
        self._clock = clock
        self._retrying = retrying
        self._failed: dict[tuple[str, str], tuple[int, float]] = {}

    @property
    def late(self) -> int:
        """How many are due, have failed, and wait to be tried again."""
        return len(self._failed)

    async def run(self) -> None:
        """One look at what is due."""
        now = self._clock()
        due = await self._store.view(lambda view: timers.due(view.connection, now, _AT_ONCE + len(self._failed)))
        ripe = [timer for timer in due if self._ripe(timer)]
        await asyncio.gather(*(self._fire(timer) for timer in ripe))
        if not ripe:
            await asyncio.sleep(_LOOK_SECONDS)

    def _ripe(self, timer: Timer) -> bool:
        _, not_before = self._failed.get((timer.name, timer.key), (0, 0.0))
        return monotonic() >= not_before

    async def _fire(self, timer: Timer) -> None:
        key = (timer.name, timer.key)
        try:
            await self._store.unit(lambda tx: self._act(timer, tx), caller=TIMERS)
        except Exception as error:
            attempts = self._failed.get(key, (0, 0.0))[0] + 1
            _log.warning("a timer failed", timer=timer.name, attempts=attempts, error=type(error).__name__)
            self._failed[key] = (attempts, monotonic() + self._retrying.after(attempts).total_seconds())
            if attempts <= self._retrying.times and not isinstance(error, HOPELESS):
                return
            await self._store.unit(lambda tx, error=error: _give_up(timer, tx, error, attempts))  # type: ignore[misc]
        self._failed.pop(key, None)

    def _act(self, timer: Timer, tx: Transaction) -> None:
        if timers.fired(tx.connection, timer):
            self._handlers[timer.name](timer, tx)


def _give_up(timer: Timer, tx: Transaction, error: Exception, attempts: int) -> None:
    if timers.fired(tx.connection, timer):
        words = f"{type(error).__name__}: {error}"[:2000]
        letter = DeadLetter("timer", timer.key, timer.name, words, attempts, micros(timer.due), body=orjson.dumps(timer.body))
        dead_letters.add(tx.connection, letter)
