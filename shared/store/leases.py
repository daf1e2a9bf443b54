"""Who may do what only one process may: a name, its holder, and until when."""

from __future__ import annotations

from datetime import timedelta

from shared.kernel.clock import system_now
from shared.store.connection import Connection
from shared.store.instant import micros

_TAKE = (
    "INSERT INTO lease (name, holder, until) VALUES (?, ?, ?) "
    "ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until "
    "WHERE lease.holder = excluded.holder OR lease.until < ? RETURNING name"
)


def take(connection: Connection, name: str, holder: str, length: timedelta) -> bool:
    """Take the lease or keep it for `length`; whether it is the holder's now."""
    now = system_now()
    return connection.row(_TAKE, (name, holder, micros(now + length), micros(now))) is not None


def give_up(connection: Connection, name: str, holder: str) -> None:
    connection.execute("DELETE FROM lease WHERE name = ? AND holder = ?", (name, holder))
