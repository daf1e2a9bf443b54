"""What is kept that is no FHIR resource: raw messages, handovers, logs. Found by kind, state and key."""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from shared.store.connection import Connection, Row
from shared.store.instant import micros, moment
from shared.store.version import Record

_PUT = (
    "INSERT INTO record (kind, id, state, keys, body, updated) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (kind, id) "
    "DO UPDATE SET state = excluded.state, keys = excluded.keys, body = excluded.body, updated = excluded.updated"
)
_FORGET_KEYS = "DELETE FROM record_key WHERE kind = ? AND id = ?"
_KEY = "INSERT INTO record_key (kind, id, name, value, updated) VALUES (?, ?, ?, ?, ?)"
_COLUMNS = "SELECT r.kind, r.id, r.state, r.keys, r.body, r.updated FROM"
_READ = f"{_COLUMNS} record r WHERE r.kind = ? AND r.id = ?"
_LISTED = f"{_COLUMNS} record r WHERE r.kind = ? AND r.state <> ''"
_WITH_A_KEY = (
    f"{_COLUMNS} record_key k CROSS JOIN record r "  # CROSS: SQLite begins with the key
    "WHERE r.kind = k.kind AND r.id = k.id AND k.kind = ? AND k.name = ? AND k.value = ?"
)
_BY_VALUE = (
    f"{_COLUMNS} record_key k CROSS JOIN record r WHERE r.kind = k.kind AND r.id = k.id AND k.kind = ? AND k.name = ? "
    "ORDER BY k.value, k.updated, k.id LIMIT ?"
)
_WITH_ANOTHER = " AND EXISTS (SELECT 1 FROM record_key o WHERE o.kind = r.kind AND o.id = r.id AND o.name = ? AND o.value = ?)"


def put(connection: Connection, record: Record) -> Row:
    """Insert or replace; the row, as `get` answers it."""
    kind, id, updated = record.kind, record.id, micros(record.updated)
    keys, body = orjson.dumps(record.keys).decode(), orjson.dumps(record.body).decode()
    row = (kind, id, record.state, keys, body, updated)
    connection.execute(_PUT, row)
    connection.execute(_FORGET_KEYS, (kind, id))
    connection.many(_KEY, [(kind, id, name, value, updated) for name, value in record.keys.items()])
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


def in_order(connection: Connection, kind: str, name: str, limit: int) -> list[Record]:
    """Of the kind, with a key of this name: the least value first; of equal ones the one that has had it longest."""
    return [record_of(row) for row in connection.only(_BY_VALUE, (kind, name, limit))]


def record_of(row: Row) -> Record:
    kind, id, state, keys, body, updated = row
    return Record(kind, id, state, orjson.loads(keys), orjson.loads(body), moment(updated))
