"""Who relays: one process per database. Whoever dies loses the lease within seconds."""

from __future__ import annotations

from datetime import timedelta
from time import monotonic
from typing import Final

from shared.kernel.ids import new_id
from shared.store import leases
from shared.store.store import Store
from shared.store.transaction import Transaction

_LENGTH: Final = timedelta(seconds=3)
_RENEW_SECONDS: Final = 1.0


class Lease:
    """An embedded database belongs to one process anyway; on PostgreSQL a row says whose turn it is."""

    def __init__(self, store: Store, name: str) -> None:
        self._store = store
        self._name = name
        self._holder = new_id()
        self._checked = -_RENEW_SECONDS
        self.held = store.dialect == "sqlite"

    async def hold(self) -> bool:
        """Take or keep the lease, if it is free; whether we have it. Asks the database once a second at most."""
        if self._store.dialect == "sqlite" or monotonic() - self._checked < _RENEW_SECONDS:
            return self.held
        self.held = await self._store.unit(self._take)
        self._checked = monotonic()
        return self.held

    async def give_up(self) -> None:
        if self.held and self._store.dialect != "sqlite":
            self.held = False
            await self._store.unit(lambda tx: leases.give_up(tx.connection, self._name, self._holder))

    def _take(self, tx: Transaction) -> bool:
        return leases.take(tx.connection, self._name, self._holder, _LENGTH)
