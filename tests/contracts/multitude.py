"""Many more resources beside some, made by the database itself from their rows: alike in what many share, else each its own."""

from __future__ import annotations

from tests.contracts.searching import Searched

_COPIED = (
    "resource (rid, type, id, number, updated, deleted, current, shape) SELECT "
    "rid + {far}, type, id || '-' || n, number, updated, deleted, current + {far}, shape FROM resource",
    "version (sequence, rid, type, number, updated, deleted, text, caller, cause) SELECT "
    "sequence + {far}, rid + {far}, type, number, updated, deleted, text, caller, cause FROM version",
    "token_index (param, code, system, rid) SELECT "
    "param, CASE WHEN code LIKE 'B%' THEN code || '-' || n ELSE code END, system, rid + {far} FROM token_index",
    "reference_index (param, target, rid) SELECT param, target || '-' || n, rid + {far} FROM reference_index",
    "date_index (param, span, low, high, rid) SELECT param, span, low, high, rid + {far} FROM date_index",
    "string_index (param, value, exact, rid) SELECT "
    "param, CASE WHEN value LIKE 'other%' THEN value || '-' || n ELSE value END, exact, rid + {far} FROM string_index",
    "quantity_index (param, form, span, low, high, rid) SELECT param, form, span, low, high, rid + {far} FROM quantity_index",
    "phrase (id, value, text) SELECT id + n, value || '-' || n, text || '-' || n FROM phrase",
)


def multiply(searched: Searched, copies: int) -> None:
    """So many copies of everything, each with ids, identifiers, names and references of its own; what comes next is newer."""
    counting = f"WITH RECURSIVE copy(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM copy WHERE n < {copies}) "
    searched.connection.begin()
    for text in _COPIED:
        into, rows = text.format(far=f"n * {searched.sequence}").split(" SELECT ", 1)
        where = " WHERE value LIKE 'other%'" if into.startswith("phrase") else ""
        searched.connection.execute(f"INSERT INTO {into} {counting} SELECT {rows} CROSS JOIN copy{where}")
    searched.connection.commit()
    searched.sequence *= copies + 1
