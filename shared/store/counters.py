"""Amounts that are counted up and down, and may have a limit."""

from __future__ import annotations

from shared.fhir.refusal import Conflict
from shared.store.connection import Connection

_ADD = "INSERT INTO counter (key, amount) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET amount = counter.amount + excluded.amount"


def add(connection: Connection, key: str, amount: int, limit: int | None) -> int:
    """Add and answer the new value. Raises Conflict, and adds nothing, if that would pass the limit."""
    value = of(connection, key) + amount
    if limit is not None and amount > 0 and value > limit:
        raise Conflict(f"{key} would come to {value}, its limit is {limit}")
    connection.execute(_ADD, (key, amount))
    return value


def of(connection: Connection, key: str) -> int:
    """What it stands at; 0 for one that was never counted."""
    found = connection.row("SELECT amount FROM counter WHERE key = ?", (key,))
    return int(found[0]) if found else 0
