"""What a unit of work keeps that is no FHIR resource: timers, claims, counters, records."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from shared.fhir.caller import Caller
from shared.store import claims, counters, records, timers
from shared.store.connection import Connection, Row
from shared.store.still import Still
from shared.store.version import Record
from shared.store.view import View


class Keeping(View):
    """That part of a Transaction."""

    def __init__(self, connection: Connection, now: datetime, still: Still, caller: Caller) -> None:
        super().__init__(connection, now, caller)
        self._still = still
        self._new: set[str] = set()
        """Ids that this unit gave, as long as nothing was written under them."""

    def schedule(self, name: str, due: datetime, key: str, body: Mapping[str, object] | None = None) -> None:
        """Set the timer (name, key); one that is already set is moved."""
        timers.schedule(self._connection, name, due, key, body or {})

    def unschedule(self, name: str, key: str) -> None:
        timers.unschedule(self._connection, name, key)

    def claim(self, key: str, start: datetime, end: datetime, owner: str, capacity: int = 1) -> None:
        """Take half-open [start, end) of `key` for `owner`. Raises Conflict when all `capacity` lanes are taken."""
        claims.take(self._connection, key, start, end, owner, capacity)

    def release(self, owner: str) -> None:
        """Give back every claim of this owner."""
        claims.release(self._connection, owner)

    def count(self, key: str, amount: int = 1, limit: int | None = None) -> int:
        """Add to a counter and answer its value. Raises Conflict if it would pass the limit."""
        return counters.add(self._connection, key, amount, limit)

    def record(self, kind: str, id: str, state: str, keys: Mapping[str, str], body: Mapping[str, object]) -> None:
        """Insert or replace a record."""
        record = Record(kind, id, state, dict(keys), dict(body), self.now)
        self._still.records[kind, id] = records.put(self._connection, record, self._row(kind, id))
        self._new.discard(id)

    def recorded(self, kind: str, id: str) -> Record | None:
        row = self._row(kind, id)
        return records.record_of(row) if row else None

    def restate(self, kind: str, was: str, state: str) -> None:
        """All records of a kind that are in one state are in another from now on."""
        records.restate(self._connection, kind, was, state)
        self._still.records.clear()

    def _row(self, kind: str, id: str) -> Row | None:
        """What a record stands as."""
        if id in self._new:
            return None
        known = self._still.records
        if (kind, id) not in known:
            known[kind, id] = records.get(self._connection, kind, id)
        return known[kind, id]
