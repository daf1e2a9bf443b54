"""What must happen later: rows that are fetched when due, and go when they have fired."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import orjson

from shared.store.connection import Connection
from shared.store.instant import micros, moment
from shared.store.version import Timer

_SET = (
    "INSERT INTO timer (name, key, due, body) VALUES (?, ?, ?, ?) "
    "ON CONFLICT (name, key) DO UPDATE SET due = excluded.due, body = excluded.body"
)
_DUE = "SELECT name, key, due, body FROM timer WHERE due <= ? ORDER BY due, name, key LIMIT ?"
_FIRED = "DELETE FROM timer WHERE name = ? AND key = ? AND due = ? RETURNING body"


def schedule(connection: Connection, name: str, due: datetime, key: str, body: Mapping[str, object]) -> None:
    connection.execute(_SET, (name, key, micros(due), orjson.dumps(body).decode()))


def unschedule(connection: Connection, name: str, key: str) -> None:
    connection.execute("DELETE FROM timer WHERE name = ? AND key = ?", (name, key))


def due(connection: Connection, now: datetime, limit: int = 100) -> list[Timer]:
    """What is due at `now`, the longest due first."""
    found = connection.rows(_DUE, (micros(now), limit))
    return [Timer(name, key, moment(at), orjson.loads(body)) for name, key, at, body in found]


def fired(connection: Connection, timer: Timer) -> bool:
    """Take a due timer off the list. False if it is gone or was moved meanwhile: then nobody may act on it."""
    return connection.row(_FIRED, (timer.name, timer.key, micros(timer.due))) is not None
