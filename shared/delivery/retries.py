"""Runs reactions that wait in the inbox when their turn has come, and forgets what is older than the stream.

What waits stands in the database with its whole message, acknowledged: a stream that is lost does not lose it, and a broker's
consumer is not held up by it.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from time import monotonic
from typing import Final

from shared.delivery.consumer import EVENTS
from shared.delivery.taking import Taking
from shared.kernel.clock import system_now
from shared.store import inbox
from shared.store.store import Store

_LOOK_SECONDS: Final = 0.25
_AT_ONCE: Final = 16
_PRUNE_SECONDS: Final = 60.0


class Retries:
    """`tried` counts reactions that were tried again since the start."""

    def __init__(self, store: Store, taking: Taking, keep: timedelta) -> None:
        self.tried = 0
        self._store = store
        self._taking = taking
        self._keep = keep
        self._pruned_at = -_PRUNE_SECONDS

    async def run(self) -> None:
        """One look: what is due is tried in a unit of work of its own, in order."""
        due = await self._store.view(lambda view: inbox.due(view.connection, system_now(), _AT_ONCE))
        for parked in due:
            await self._store.unit(lambda tx, id=parked.event_id: self._taking.retry(tx, id), caller=EVENTS)  # type: ignore[misc]
            self.tried += 1
        if not due:
            await self._prune()
            await asyncio.sleep(_LOOK_SECONDS)

    async def _prune(self) -> None:
        if monotonic() - self._pruned_at < _PRUNE_SECONDS:
            return
        before = system_now() - self._keep
        while await self._store.unit(lambda tx: inbox.prune(tx.connection, before)) == inbox.PRUNED_AT_ONCE:
            pass
        self._pruned_at = monotonic()
