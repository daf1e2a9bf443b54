"""One resource that lives on as another, after a merge. The search index holds the survivor, the stored JSON what was sent.

So a search for either finds what names either, at once; reading the old id still gives what was stored under it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Final

from shared.fhir import text
from shared.fhir.index import IndexRows, index_rows
from shared.fhir.refusal import Conflict
from shared.store import indexing
from shared.store.connection import Connection, Row
from shared.store.instant import micros

BATCH: Final = 500

Alias = tuple[str, str]
"""Type and id of what was merged into another."""

_ALIAS = "INSERT INTO alias (type, old, new, event, since) VALUES (?, ?, ?, ?, ?)"
_NEXT = "SELECT new FROM alias WHERE type = ? AND old = ?"
_ANY = "SELECT type, old, new FROM alias WHERE (type, old) IN"
_PARAMS = (
    "WITH RECURSIVE used (param) AS (SELECT min(param) FROM reference_index UNION ALL "
    "SELECT (SELECT min(r.param) FROM reference_index r WHERE r.param > used.param) FROM used WHERE used.param IS NOT NULL) "
)
_NAMING = _PARAMS + (
    "SELECT param, rid FROM reference_index "
    "WHERE param IN (SELECT used.param FROM used WHERE used.param IS NOT NULL) AND target = ? ORDER BY rid, param"
)
_POINT = "INSERT INTO reference_index (param, target, rid) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
_UNPOINT = "DELETE FROM reference_index WHERE param = ? AND target = ? AND rid = ?"
_CONTENT = "SELECT v.type, v.text FROM resource r JOIN version v ON v.sequence = r.current WHERE r.rid = ? AND NOT v.deleted"


def survivor(connection: Connection, type: str, id: str) -> str:
    """The id under which a resource lives on: its own, unless it was merged into another (which may have been merged too)."""
    while found := connection.row(_NEXT, (type, id)):
        id = found[0]
    return id


def alias(connection: Connection, type: str, old: str, new: str, event: str, now: datetime) -> None:
    """From now on `old` is found as `new`. Raises Conflict if it already lives on as another, or `new` as it."""
    known = connection.row(_NEXT, (type, old))
    if known == (new,):
        return
    surviving = survivor(connection, type, new)
    if known or surviving == old:
        raise Conflict(f"{type}/{old} and {type}/{new} cannot be merged: {type}/{old if known else new} already is")
    connection.execute(_ALIAS, (type, old, new, event, micros(now)))
    for batch in _batches(connection.rows(_NAMING, (f"{type}/{old}",))):
        connection.many(_POINT, [(param, f"{type}/{surviving}", rid) for param, rid in batch])
        connection.many(_UNPOINT, [(param, f"{type}/{old}", rid) for param, rid in batch])


def unalias(connection: Connection, type: str, old: str) -> None:
    """Undo it: what names `old` in its stored JSON is found by it again. Nothing happens where there is no alias."""
    target = f"{type}/{survivor(connection, type, old)}"
    for rid in sorted({rid for _, rid in connection.rows(_NAMING, (target,))}):
        _unpoint(connection, rid, (type, old))
    connection.execute("DELETE FROM alias WHERE type = ? AND old = ?", (type, old))


def resolved(connection: Connection, rows: IndexRows, without: Alias | None = None) -> IndexRows:
    """Index rows with survivors for what was merged. `without`: as if this alias were not there."""
    names = {target: target for _, target in rows.reference}
    while following := _following(connection, set(names.values()), without):
        names = {target: following.get(name, name) for target, name in names.items()}
    return replace(rows, reference={(param, names[target]) for param, target in rows.reference})


def _following(connection: Connection, names: set[str], without: Alias | None) -> dict[str, str]:
    """The names that live on as others, as what. One step only."""
    pairs = [(type, id) for type, _, id in (name.partition("/") for name in sorted(names)) if id and (type, id) != without]
    if not pairs:
        return {}
    values = ", ".join(["(?, ?)"] * len(pairs))
    found = connection.rows(f"{_ANY} (VALUES {values})", [value for pair in pairs for value in pair])
    return {f"{type}/{old}": f"{type}/{new}" for type, old, new in found}


def _unpoint(connection: Connection, rid: int, old: Alias) -> None:
    found = connection.row(_CONTENT, (rid,))
    if found is None:
        return
    rows = index_rows(text.load(found[1].encode()))
    indexing.replace(connection, rid, found[0], resolved(connection, rows), resolved(connection, rows, without=old))


def _batches(rows: list[Row]) -> Iterator[list[Row]]:
    return (rows[start : start + BATCH] for start in range(0, len(rows), BATCH))
