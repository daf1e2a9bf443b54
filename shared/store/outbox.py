"""What others are to be told: written with the change, published by the relay, marked with its place in the stream."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

import orjson

from shared.events.event import Event
from shared.fhir.caller import Caller
from shared.kernel.clock import system_now
from shared.kernel.ids import new_id
from shared.kernel.trace import Cause
from shared.store.connection import Connection, Row
from shared.store.instant import micros, moment
from shared.store.version import Version

CALLER: Final = "care-caller"
"""The header that says who asked for a change."""

REFUSED: Final = 0
"""The place in the stream of a row that the broker will never take."""

PRUNED_AT_ONCE: Final = 500

_INTO = "INSERT INTO outbox (sequence, event_id, type, id, number, name, text, headers, traceparent, causation, created) "
_ANNOUNCE = _INTO + "VALUES (?, ?, ?, ?, ?, ?, NULL, '{}', ?, ?, ?)"
_SAY = _INTO + "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_COLUMNS = (
    "o.sequence, o.event_id, o.type, o.id, o.number, o.name, o.text, o.headers, o.traceparent, o.causation, o.created, "
    "v.text, v.updated, v.caller"
)
_FROM = "FROM outbox o LEFT JOIN version v ON v.sequence = o.sequence AND o.text IS NULL"
_UNSENT = f"SELECT {_COLUMNS} {_FROM} WHERE o.sent_sequence IS NULL AND o.sequence > ? ORDER BY o.sequence LIMIT ?"
_NEWEST = (
    "SELECT sent_sequence, event_id FROM outbox WHERE sent_sequence <= ? AND sent_sequence > ? "
    "ORDER BY sent_sequence DESC LIMIT 1"
)
_PRUNE = (
    "DELETE FROM outbox WHERE sequence IN (SELECT sequence FROM outbox WHERE sent_sequence + 0 > ? AND sequence < "
    "(SELECT coalesce(min(sequence), 9223372036854775807) FROM outbox WHERE sent_sequence IS NULL) ORDER BY sequence LIMIT ?) "
    "AND created < ? RETURNING sequence"
)
"""Only the oldest are looked at, in the order of commits (`+ 0`: no other order is chosen), beyond those that were refused."""
_MARK = "UPDATE outbox SET sent_sequence = ? WHERE sequence = ? AND sent_sequence IS NULL"


class Announcing(Protocol):
    """What the outbox needs of a transaction."""

    caller: Caller
    cause: Cause

    @property
    def connection(self) -> Connection: ...

    def next_sequence(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One row: an event and its place in the order of commits."""

    sequence: int
    event: Event


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many rows wait to be published, and since when the oldest does (None: none waits)."""

    depth: int
    oldest: datetime | None


def announce(tx: Announcing, version: Version, name: str) -> None:
    """Tell the others of a version just written: one row under its sequence. The body stands in the version."""
    cause, now = tx.cause, micros(system_now())
    row = (version.sequence, new_id(), version.type, version.id, version.number, name, cause.traceparent, cause.id, now)
    tx.connection.execute(_ANNOUNCE, row)


def propose(tx: Announcing, type: str, id: str, text: bytes, handover: str = "") -> None:
    """Hand a resource (its JSON) to the service that owns its type: `care.<Type>.proposed.<id>`.

    The answer carries `care-handover` and `care-proposal` (the row's sequence) back.
    """
    version = Version(type, id, 0, system_now(), text, sequence=tx.next_sequence())
    headers = {"care-proposal": str(version.sequence)} | ({"care-handover": handover} if handover else {})
    say(tx, version, "proposed", headers)


def say(tx: Announcing, version: Version, name: str, headers: Mapping[str, str]) -> None:
    """Tell what is no version stored here (`number` 0: of nothing stored at all): a proposal, or the answer to one."""
    cause, now = tx.cause, micros(system_now())
    carried = orjson.dumps({CALLER: tx.caller.id, **headers}).decode()
    told = (version.type, version.id, version.number, name, version.text.decode(), carried)
    tx.connection.execute(_SAY, (version.sequence or tx.next_sequence(), new_id(), *told, cause.traceparent, cause.id, now))


def unsent(connection: Connection, source: str, limit: int, beyond: int = 0) -> list[Outgoing]:
    """The rows that the stream does not have yet, in the order of commits. `source` is this service's `ce-source`.

    `beyond` a sequence: only those behind it, for whoever has these at hand and goes through all of them.
    """
    return [_outgoing(row, source) for row in connection.rows(_UNSENT, (beyond, limit))]


def told(connection: Connection, source: str, sequence: int) -> Outgoing | None:
    """The row of a sequence, while it is kept."""
    found = connection.row(f"SELECT {_COLUMNS} {_FROM} WHERE o.sequence = ?", (sequence,))
    return _outgoing(found, source) if found else None


def mark_sent(connection: Connection, places: Iterable[tuple[int, int]]) -> None:
    """Note (outbox sequence, place in the stream) of rows that the stream has acknowledged, or REFUSED."""
    connection.many(_MARK, [(place, sequence) for sequence, place in places])


def send_again(connection: Connection, sequence: int) -> bool:
    """Have a row that was refused published once more; whether there is such a row."""
    changed = "UPDATE outbox SET sent_sequence = NULL WHERE sequence = ? AND sent_sequence = ? RETURNING sequence"
    return connection.row(changed, (sequence, REFUSED)) is not None


def newest_sent(connection: Connection, at_most: int) -> tuple[int, str] | None:
    """(place in the stream, event id) of the row that stands last in the stream, up to a place."""
    return _pair(connection.row(_NEWEST, (at_most, REFUSED)))


def unmark(connection: Connection, beyond: int) -> None:
    """What stood behind this place of the stream, the stream has lost: it is to be published again."""
    connection.execute("UPDATE outbox SET sent_sequence = NULL WHERE sent_sequence > ?", (beyond,))


def backlog(connection: Connection) -> Backlog:
    (depth,) = connection.row("SELECT count(*) FROM outbox WHERE sent_sequence IS NULL") or (0,)
    oldest = connection.row("SELECT created FROM outbox WHERE sent_sequence IS NULL ORDER BY sequence LIMIT 1")
    return Backlog(depth, moment(oldest[0]) if oldest else None)


def prune(connection: Connection, before: datetime) -> int:
    """Forget the oldest published rows made before an instant, a few hundred at a time. Answers how many."""
    return len(connection.rows(_PRUNE, (REFUSED, PRUNED_AT_ONCE, micros(before))))


def _outgoing(row: Row, source: str) -> Outgoing:
    sequence, event_id, type, id, number, name, text, headers, traceparent, causation, created, stored, updated, caller = row
    event = Event(
        id=event_id,
        type=type,
        name=name,
        subject=id,
        version=number,
        time=moment(created if updated is None else updated),
        source=source,
        text=((stored or "") if text is None else text).encode(),
        traceparent=traceparent,
        causation=causation,
        headers=orjson.loads(headers) if updated is None else {CALLER: caller},
    )
    return Outgoing(sequence, event)


def _pair(row: Row | None) -> tuple[int, str] | None:
    return (row[0], row[1]) if row else None
