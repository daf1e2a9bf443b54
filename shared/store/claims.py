"""Time that somebody has: half-open ranges of a key that may not overlap in a lane. The table's constraint is the truth."""

from __future__ import annotations

from datetime import datetime

from shared.fhir.refusal import Conflict
from shared.store.connection import Connection
from shared.store.instant import micros

_TAKEN = "SELECT lane, owner FROM claim WHERE key = ? AND starts < ? AND ends > ? ORDER BY starts, lane"
_TAKE = "INSERT INTO claim (key, lane, starts, ends, owner) VALUES (?, ?, ?, ?, ?)"


def take(connection: Connection, key: str, start: datetime, end: datetime, owner: str, capacity: int) -> None:
    """Take [start, end) in the first free of the lanes 0 to capacity - 1.

    Raises ValueError for an empty range, Conflict (naming who holds it) when no lane is free.
    """
    starts, ends = micros(start), micros(end)
    if starts >= ends:
        raise ValueError(f"a claim must end after it starts: {start.isoformat()} to {end.isoformat()}")
    taken = connection.rows(_TAKEN, (key, ends, starts))
    lanes = {lane for lane, _ in taken}
    free = next((lane for lane in range(capacity) if lane not in lanes), None)
    if free is None:
        holders = ", ".join(dict.fromkeys(holder for _, holder in taken))
        raise Conflict(f"{key} is taken from {start.isoformat()} to {end.isoformat()} by {holders}")
    connection.execute(_TAKE, (key, free, starts, ends, owner))


def release(connection: Connection, owner: str) -> None:
    connection.execute("DELETE FROM claim WHERE owner = ?", (owner,))
