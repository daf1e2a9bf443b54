"""What was given up, with its error and everything needed to take it up again. Nothing is dropped silently."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

import orjson

from shared.kernel.clock import system_now
from shared.kernel.ids import new_id
from shared.store.connection import Connection, Row
from shared.store.instant import micros, moment

Origin = Literal["outbox", "inbox", "handover", "timer"]

_COLUMNS = "id, origin, about, name, error, attempts, created, place, headers, body, retried"
_INSERT = f"INSERT INTO dead_letter ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)"
_STANDING = f"SELECT {_COLUMNS} FROM dead_letter WHERE retried IS NULL AND (created, id) > (?, ?) ORDER BY created, id LIMIT ?"
_RETRIED = "UPDATE dead_letter SET retried = ? WHERE id = ? AND retried IS NULL RETURNING id"


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """`origin` says who gave it up: outbox (the broker refused it), inbox (a reaction failed), handover (its owner rejected it),
    timer. `about` is a reference or a timer's key, `name` an event's `Type.name` or a timer's; `place` its outbox sequence,
    place in the stream or due time (µs). `headers` and `body` are the message's."""

    origin: Origin
    about: str
    name: str
    error: str
    attempts: int = 1
    place: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    id: str = ""
    created: datetime | None = None
    retried: datetime | None = None


def add(connection: Connection, letter: DeadLetter) -> None:
    """Put it away, under a new id."""
    at = micros(system_now())
    what = (letter.origin, letter.about, letter.name, letter.error, letter.attempts, at, letter.place)
    connection.execute(_INSERT, (new_id(), *what, orjson.dumps(dict(letter.headers)).decode(), letter.body))


def standing(connection: Connection, after: DeadLetter | None = None, limit: int = 100) -> list[DeadLetter]:
    """Those that nobody has taken up again, the oldest first; the page after one of them."""
    since = micros(after.created) if after and after.created else -1
    return [_letter(row) for row in connection.rows(_STANDING, (since, after.id if after else "", limit))]


def get(connection: Connection, id: str) -> DeadLetter | None:
    found = connection.row(f"SELECT {_COLUMNS} FROM dead_letter WHERE id = ?", (id,))
    return _letter(found) if found else None


def take_up(connection: Connection, id: str) -> bool:
    """Note that it is tried again; whether it stood until now."""
    return connection.row(_RETRIED, (micros(system_now()), id)) is not None


def count(connection: Connection) -> int:
    found = connection.row("SELECT count(*) FROM dead_letter WHERE retried IS NULL")
    return int(found[0]) if found else 0


def _letter(row: Row) -> DeadLetter:
    id, origin, about, name, error, attempts, created, place, headers, body, retried = row
    return DeadLetter(
        origin,
        about,
        name,
        error,
        attempts,
        place,
        orjson.loads(headers),
        bytes(body),
        id,
        moment(created),
        moment(retried) if retried is not None else None,
    )
