"""What is kept that is no FHIR resource: raw messages, handovers, logs. Found by kind, state and key."""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from shared.store.connection import Connection, Row
from shared.store.instant import micros, moment
from shared.store.statements import AFTER_ALL
from shared.store.version import Record

_PUT = (
    "INSERT INTO record (kind, id, state, keys, body, updated) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (kind, id) "
    "DO UPDATE SET state = excluded.state, keys = excluded.keys, body = excluded.body, updated = excluded.updated"
)
_FORGET_KEY = "DELETE FROM record_key WHERE kind = ? AND name = ? AND value = ? AND updated = ? AND id = ?"
_KEY = "INSERT INTO record_key (kind, name, value, updated, id) VALUES (?, ?, ?, ?, ?)"
_COLUMNS = "SELECT r.kind, r.id, r.state, r.keys, r.body, r.updated FROM"
_READ = f"{_COLUMNS} record r WHERE r.kind = ? AND r.id = ?"
_LISTED = f"{_COLUMNS} record r WHERE r.kind = ? AND r.state <> ''"
_WITH_A_KEY = (
    f"{_COLUMNS} record_key k CROSS JOIN record r "  # CROSS: SQLite begins with the key
    "WHERE r.kind = k.kind AND r.id = k.id AND k.kind = ? AND k.name = ? AND k.value = ?"
)
_WITH_ANY = f"{_COLUMNS} record_key k CROSS JOIN record r WHERE r.kind = k.kind AND r.id = k.id AND k.kind = ? AND k.name = ?"
_BEGINNING = " AND k.value >= ? AND k.value < ?"
_BY_VALUE = " ORDER BY k.value, k.updated, k.id LIMIT ?"
_WITH_ANOTHER = (
    " AND EXISTS (SELECT 1 FROM record_key o "
    "WHERE o.kind = r.kind AND o.name = ? AND o.value = ? AND o.updated = r.updated AND o.id = r.id)"
)


def put(connection: Connection, record: Record, before: Row | None) -> Row:
    """Insert or replace; the row, as `get` answers it. `before`: the one that is replaced, by which alone its keys are known."""
    kind, id, updated = record.kind, record.id, micros(record.updated)
    keys, body = orjson.dumps(record.keys).decode(), orjson.dumps(record.body).decode()
    row = (kind, id, record.state, keys, body, updated)
    if before:
        connection.many(_FORGET_KEY, _keys_of(before))
    connection.execute(_PUT, row)
    connection.many(_KEY, _keys_of(row))
    return row


def restate(connection: Connection, kind: str, was: str, state: str) -> None:
    """All of a kind that are in one state are in another from now on."""
    connection.execute("UPDATE record SET state = ? WHERE kind = ? AND state = ? AND state <> ''", (state, kind, was))


def get(connection: Connection, kind: str, id: str) -> Row | None:
    """The row of a record: `record_of` reads it."""
    return connection.row(_READ, (kind, id))


def find(
    connection: Connection, kind: str, state: str | None, keys: Mapping[str, str], limit: int, before: Record | None = None
) -> list[Record]:
    """Newest first: of the kind, in the state, with all of these keys, older than `before`.

    The first key is what is looked for, so let it be the rarest. Without keys only what has a state is found.
    """
    first, *others = keys.items() if keys else [()]
    place = "k" if first else "r"
    sql, params = (_WITH_A_KEY if first else _LISTED) + _WITH_ANOTHER * len(others), [kind, *first]
    for other in others:
        params += other
    if state is not None:
        sql += " AND r.state = ?"
        params.append(state)
    if before:
        sql += f" AND ({place}.updated, {place}.id) < (?, ?)"
        params += [micros(before.updated), before.id]
    rows = connection.rows(f"{sql} ORDER BY {place}.updated DESC, {place}.id DESC LIMIT ?", (*params, limit))
    return [record_of(row) for row in rows]


def in_order(connection: Connection, kind: str, name: str, limit: int, beginning: str = "") -> list[Record]:
    """Of the kind, with a key of this name: the least value first; of equal ones the one that has had it longest."""
    sql, ends = (_WITH_ANY + _BEGINNING, (beginning, beginning + AFTER_ALL)) if beginning else (_WITH_ANY, ())
    return [record_of(row) for row in connection.only(sql + _BY_VALUE, (kind, name, *ends, limit))]


def record_of(row: Row) -> Record:
    kind, id, state, keys, body, updated = row
    return Record(kind, id, state, orjson.loads(keys), orjson.loads(body), moment(updated))


def _keys_of(row: Row) -> list[Row]:
    """What record_key has of a record."""
    kind, id, _, keys, _, updated = row
    return [(kind, name, value, updated, id) for name, value in orjson.loads(keys).items()]
