"""Keeps the search index of one resource as its content is: writes the difference of two sets of rows."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from shared.fhir.index import IndexRows
from shared.fhir.index.forms import number
from shared.fhir.index.rows import NOTHING
from shared.store.connection import Connection

TABLES: Final = ("token_index", "reference_index", "date_index", "string_index", "quantity_index")

_ADD_CODE = "INSERT INTO token_index (param, code, system, rid) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
_ADD_REFERENCE = "INSERT INTO reference_index (param, target, rid) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
_ADD_DATE = "INSERT INTO date_index (param, span, low, high, rid) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
_ADD_STRING = "INSERT INTO string_index (param, value, exact, rid) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
_ADD_QUANTITY = "INSERT INTO quantity_index (param, form, span, low, high, rid) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
_ADD_PHRASE = "INSERT INTO phrase (id, value, text) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"

_DROP_CODE = "DELETE FROM token_index WHERE param = ? AND code = ? AND system = ? AND rid = ?"
_DROP_DATE = "DELETE FROM date_index WHERE param = ? AND span = ? AND low = ? AND high = ? AND rid = ?"
_DROP_STRING = "DELETE FROM string_index WHERE param = ? AND value = ? AND exact = ? AND rid = ?"
_DROP_QUANTITY = "DELETE FROM quantity_index WHERE param = ? AND form = ? AND span = ? AND low = ? AND high = ? AND rid = ?"
_DROP_REFERENCE = "DELETE FROM reference_index WHERE param = ? AND target = ? AND rid = ?"


def replace(connection: Connection, rid: int, before: IndexRows | None, after: IndexRows | None) -> None:
    """Bring the index rows of a resource from `before` (None: had none) to `after` (None: deleted).

    Its shape stands in its row of `resource`: whoever writes that writes the shape.
    """
    old, new = before or NOTHING, after or NOTHING
    if before is not None:
        _drop(connection, rid, old, new)
    _add(connection, rid, old, new)


def clear(connection: Connection, rid: int) -> None:
    """Take away every index row of a resource, whatever made it."""
    for table in TABLES:
        connection.execute(f"DELETE FROM {table} WHERE rid = ?", (rid,))


def _add(connection: Connection, rid: int, old: IndexRows, new: IndexRows) -> None:
    _write(connection, _ADD_CODE, new.token - old.token, rid)
    _write(connection, _ADD_REFERENCE, new.reference - old.reference, rid)
    _write(connection, _ADD_DATE, new.date - old.date, rid)
    _write(connection, _ADD_STRING, new.string - old.string, rid)
    _write(connection, _ADD_QUANTITY, new.quantity - old.quantity, rid)
    phrases = new.phrases.items() - old.phrases.items() if old.phrases else new.phrases.items()
    if phrases:
        connection.many(_ADD_PHRASE, [(number(text), value, text) for value, text in phrases])


def _drop(connection: Connection, rid: int, old: IndexRows, new: IndexRows) -> None:
    _write(connection, _DROP_CODE, old.token - new.token, rid)
    _write(connection, _DROP_DATE, old.date - new.date, rid)
    _write(connection, _DROP_STRING, old.string - new.string, rid)
    _write(connection, _DROP_QUANTITY, old.quantity - new.quantity, rid)
    _write(connection, _DROP_REFERENCE, old.reference - new.reference, rid)


def _write(connection: Connection, statement: str, rows: Collection[tuple[Any, ...]], rid: int) -> None:
    if rows:
        connection.many(statement, [(*row, rid) for row in rows])
