"""What is kept that is no FHIR resource: raw messages, handovers, logs. Found by kind, state and key."""

from __future__ import annotations

import orjson

from shared.store.connection import Connection, Row
from shared.store.instant import micros, moment
from shared.store.version import Record

_PUT = (
    "INSERT INTO record (kind, id, state, keys, body, updated) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (kind, id) "
    "DO UPDATE SET state = excluded.state, keys = excluded.keys, body = excluded.body, updated = excluded.updated"
)
_FORGET_KEYS = "DELETE FROM record_key WHERE kind = ? AND id = ?"
_KEY = "INSERT INTO record_key (kind, id, name, value) VALUES (?, ?, ?, ?)"
_SELECT = "SELECT r.kind, r.id, r.state, r.keys, r.body, r.updated FROM record r"
_WITH_KEY = " JOIN record_key k ON k.kind = r.kind AND k.id = r.id"


def put(connection: Connection, record: Record) -> None:
    """Insert or replace."""
    keys, body = orjson.dumps(record.keys).decode(), orjson.dumps(record.body).decode()
    connection.execute(_PUT, (record.kind, record.id, record.state, keys, body, micros(record.updated)))
    connection.execute(_FORGET_KEYS, (record.kind, record.id))
    connection.many(_KEY, [(record.kind, record.id, name, value) for name, value in record.keys.items()])


def get(connection: Connection, kind: str, id: str) -> Record | None:
    found = connection.row(f"{_SELECT} WHERE r.kind = ? AND r.id = ?", (kind, id))
    return _record(found) if found else None


def find(connection: Connection, kind: str, state: str | None, key: tuple[str, str] | None, limit: int) -> list[Record]:
    """Newest first. Without a key: of the kind, in the state. With one: that have this value under this name."""
    sql, params = _SELECT, [kind, *(key or ())]
    sql += f"{_WITH_KEY} WHERE k.kind = ? AND k.name = ? AND k.value = ?" if key else " WHERE r.kind = ?"
    if state is not None:
        sql += " AND r.state = ?"
        params.append(state)
    rows = connection.rows(f"{sql} ORDER BY r.updated DESC, r.id DESC LIMIT ?", (*params, limit))
    return [_record(row) for row in rows]


def _record(row: Row) -> Record:
    kind, id, state, keys, body, updated = row
    return Record(kind, id, state, orjson.loads(keys), orjson.loads(body), moment(updated))
