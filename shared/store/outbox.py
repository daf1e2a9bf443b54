"""What others are to be told: written with the change, published by the relay, marked with its place in the stream."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import orjson

from shared.kernel.clock import system_now
from shared.kernel.ids import new_id
from shared.kernel.trace import Cause
from shared.store.connection import Connection, Row
from shared.store.instant import micros, moment
from shared.store.version import Version

REFUSED = 0
"""The place in the stream of a row that the broker will never take."""

_INTO = "INSERT INTO outbox (sequence, event_id, type, id, number, name, text, headers, traceparent, causation, created) "
_ANNOUNCE = _INTO + "VALUES (?, ?, ?, ?, ?, ?, NULL, '{}', ?, ?, ?)"
_SAY = _INTO + "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_COLUMNS = "o.sequence, o.event_id, o.type, o.id, o.number, o.name, o.text, o.headers, o.traceparent, o.causation, o.created"
_FROM = "FROM outbox o LEFT JOIN version v ON v.sequence = o.sequence AND o.text IS NULL"
_UNSENT = f"SELECT {_COLUMNS}, v.text, v.updated {_FROM} WHERE o.sent_sequence IS NULL ORDER BY o.sequence LIMIT ?"
_MARK = "UPDATE outbox SET sent_sequence = ? WHERE sequence = ? AND sent_sequence IS NULL"


class Announcing(Protocol):
    """What the outbox needs of a transaction."""

    cause: Cause

    @property
    def connection(self) -> Connection: ...

    def next_sequence(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One row. `number` is the version told of, 0 if none is; `time` is when the change was made, `created` when the row was."""

    sequence: int
    event_id: str
    type: str
    id: str
    number: int
    name: str
    text: bytes
    headers: dict[str, str]
    traceparent: str
    causation: str
    created: datetime
    time: datetime


def announce(tx: Announcing, version: Version, name: str) -> None:
    """Tell the others of a version just written: one row under its sequence. The body stands in the version."""
    cause, now = tx.cause, micros(system_now())
    row = (version.sequence, new_id(), version.type, version.id, version.number, name, cause.traceparent, cause.id, now)
    tx.connection.execute(_ANNOUNCE, row)


def propose(tx: Announcing, type: str, id: str, text: bytes, handover: str = "") -> None:
    """Hand a resource (its JSON) to the service that owns its type: `care.<Type>.proposed.<id>`."""
    say(tx, Version(type, id, 0, system_now(), text), "proposed", {"care-handover": handover} if handover else {})


def say(tx: Announcing, version: Version, name: str, headers: Mapping[str, str]) -> None:
    """Tell what is no version stored here (`number` 0: of nothing stored at all): a proposal, or the answer to one."""
    cause, now = tx.cause, micros(version.updated)
    told = (version.type, version.id, version.number, name, version.text.decode(), orjson.dumps(dict(headers)).decode())
    tx.connection.execute(_SAY, (tx.next_sequence(), new_id(), *told, cause.traceparent, cause.id, now))


def unsent(connection: Connection, limit: int) -> list[Outgoing]:
    """The rows that the stream does not have yet, in the order of commits."""
    return [_outgoing(row) for row in connection.rows(_UNSENT, (limit,))]


def mark_sent(connection: Connection, places: Iterable[tuple[int, int]]) -> None:
    """Note (outbox sequence, place in the stream) of rows that the stream has acknowledged."""
    connection.many(_MARK, [(place, sequence) for sequence, place in places])


def _outgoing(row: Row) -> Outgoing:
    sequence, event_id, type, id, number, name, text, headers, traceparent, causation, created, stored, updated = row
    told = (stored or "") if text is None else text
    made = moment(created if updated is None else updated)
    body, extra = told.encode(), orjson.loads(headers)
    return Outgoing(sequence, event_id, type, id, number, name, body, extra, traceparent, causation, moment(created), made)
