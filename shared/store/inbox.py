"""What came in: which events were taken, and those whose reaction has yet to run."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import orjson

from shared.kernel.clock import system_now
from shared.store.connection import Connection, Row
from shared.store.instant import micros, moment

PRUNED_AT_ONCE: Final = 500
_NEVER: Final = 2**62

_ACCEPT = "INSERT INTO inbox (event_id, sequence, received) VALUES (?, ?, ?) ON CONFLICT (event_id) DO NOTHING"
_STAND_AGAIN = "UPDATE inbox SET sequence = ? WHERE event_id = ? AND sequence < 0"
_NEWEST = "SELECT sequence, event_id FROM inbox WHERE sequence <= ? AND sequence > 0 ORDER BY sequence DESC LIMIT 1"
_PRUNE = (
    "DELETE FROM inbox WHERE event_id IN (SELECT event_id FROM inbox ORDER BY sequence LIMIT ?) "
    "AND received < ? RETURNING event_id"
)
_COLUMNS = "event_id, type, id, attempts, due, error, sequence, headers, body"
_PARK = (
    f"INSERT INTO parked (place, {_COLUMNS}) "
    "SELECT coalesce(max(place), 0) + 1, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM parked WHERE true "
    "ON CONFLICT (event_id) DO NOTHING"
)
_DUE = f"SELECT {_COLUMNS} FROM parked WHERE due <= ? ORDER BY due, place LIMIT ?"
_POSTPONE = "UPDATE parked SET attempts = ?, due = ?, error = ? WHERE event_id = ?"
_PROMOTE = (
    "UPDATE parked SET due = 0 WHERE type = ? AND id = ? AND place = (SELECT min(place) FROM parked WHERE type = ? AND id = ?)"
)
_PROMOTE_TYPE = (
    "UPDATE parked SET due = 0 WHERE type = ? AND attempts = 0 "
    "AND place IN (SELECT min(place) FROM parked WHERE type = ? GROUP BY id)"
)


@dataclass(frozen=True, slots=True)
class Parked:
    """An event whose reaction has yet to run. `attempts` failed so far, the last by `error`; `due` None: it waits for others."""

    event_id: str
    type: str
    id: str
    sequence: int
    headers: Mapping[str, str]
    body: bytes
    attempts: int = 0
    due: datetime | None = None
    error: str = ""


def seen(connection: Connection, event_ids: Collection[str]) -> set[str]:
    """Which of these events were taken already."""
    return {
        event_id for (event_id,) in connection.rows(_in("SELECT event_id FROM inbox WHERE event_id", event_ids), [*event_ids])
    }


def accept(connection: Connection, events: Iterable[tuple[str, int]]) -> None:
    """Note events, (id, place in the stream), as taken: never again."""
    now = micros(system_now())
    connection.many(_ACCEPT, [(event_id, sequence, now) for event_id, sequence in events])


def newest(connection: Connection, at_most: int) -> tuple[int, str] | None:
    """(place in the stream, event id) of what was taken last, up to a place."""
    found = connection.row(_NEWEST, (at_most,))
    return (found[0], found[1]) if found else None


def forget_places(connection: Connection, beyond: int) -> None:
    """What stood behind this place of the stream, the stream has lost: other events will stand there."""
    connection.execute("UPDATE inbox SET sequence = -sequence WHERE sequence > ?", (beyond,))


def stand_again(connection: Connection, events: Iterable[tuple[str, int]]) -> None:
    """Events that were taken before have come again, (id, place): it is noted where the stream had lost them."""
    connection.many(_STAND_AGAIN, [(place, event_id) for event_id, place in events])


def prune(connection: Connection, before: datetime) -> int:
    """Forget what was taken before an instant, a few hundred rows at a time. Answers how many."""
    return len(connection.rows(_PRUNE, (PRUNED_AT_ONCE, micros(before))))


def park(connection: Connection, parked: Parked) -> None:
    """Keep an event until its turn, behind those of the same resource that wait already."""
    what = (parked.event_id, parked.type, parked.id, parked.attempts, _micros(parked.due), parked.error, parked.sequence)
    connection.execute(_PARK, (*what, orjson.dumps(dict(parked.headers)).decode(), parked.body))


def waiting(connection: Connection, type: str, id: str) -> bool:
    """Whether events of this resource wait."""
    return connection.row("SELECT 1 FROM parked WHERE type = ? AND id = ? LIMIT 1", (type, id)) is not None


def parked_count(connection: Connection) -> int:
    """How many events wait for their reaction."""
    found = connection.row("SELECT count(*) FROM parked")
    return int(found[0]) if found else 0


def none_waits(connection: Connection) -> bool:
    return connection.row("SELECT 1 FROM parked LIMIT 1") is None


def due(connection: Connection, now: datetime, limit: int) -> list[Parked]:
    """Those whose turn has come, the longest due first."""
    return [_parked(row) for row in connection.rows(_DUE, (micros(now), limit))]


def still_parked(connection: Connection, event_id: str) -> Parked | None:
    found = connection.row(f"SELECT {_COLUMNS} FROM parked WHERE event_id = ?", (event_id,))
    return _parked(found) if found else None


def postpone(connection: Connection, parked: Parked) -> None:
    """Keep it waiting, with its new number of attempts, due time and error."""
    connection.execute(_POSTPONE, (parked.attempts, _micros(parked.due), parked.error, parked.event_id))


def unpark(connection: Connection, parked: Parked) -> None:
    """Its turn is over, for good or ill; the next of its resource is due."""
    connection.execute("DELETE FROM parked WHERE event_id = ?", (parked.event_id,))
    promote(connection, parked.type, parked.id)


def promote(connection: Connection, type: str, id: str) -> None:
    """The first that waits of a resource is due."""
    connection.execute(_PROMOTE, (type, id, type, id))


def release(connection: Connection, type: str) -> None:
    """Whatever of this type waited for the type to be loaded is due."""
    connection.execute(_PROMOTE_TYPE, (type, type))


def _in(select: str, values: Collection[str]) -> str:
    return f"{select} IN ({', '.join('?' * len(values))})"


def _micros(due: datetime | None) -> int:
    return _NEVER if due is None else micros(due)


def _parked(row: Row) -> Parked:
    event_id, type, id, attempts, due, error, sequence, headers, body = row
    when = None if due == _NEVER else moment(due)
    return Parked(event_id, type, id, sequence, orjson.loads(headers), bytes(body), attempts, when, error)
