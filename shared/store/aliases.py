"""One resource that lives on as another, after a merge. The search index holds the survivor, the stored JSON what was sent.

So a search for either finds what names either, at once; reading the old id still gives what was stored under it. The JSON
follows in batches (shared.store.repointing).
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
REPOINT: Final = "engine: repoint"
PART: Final = "engine: part"
"""Names of the timers by which stored JSON follows a merge and an unmerge. Their key is the old reference."""

_ALIAS = "INSERT INTO alias (type, old, new, merged_into, event, since) VALUES (?, ?, ?, ?, ?, ?)"
_SURVIVOR = "SELECT new FROM alias WHERE type = ? AND old = ?"
_MERGED = "SELECT merged_into FROM alias WHERE type = ? AND old = ?"
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
_CONTENT = "SELECT v.text FROM resource r JOIN version v ON v.sequence = r.current WHERE r.rid = ? AND NOT v.deleted"


def survivor(connection: Connection, type: str, id: str) -> str:
    """The id under which a resource lives on: its own, unless it was merged into another (which may have been merged too)."""
    found = connection.row(_SURVIVOR, (type, id))
    return found[0] if found else id


def merged_into(connection: Connection, type: str, id: str) -> str | None:
    """What a resource was merged into, whatever became of that; None if it stands by itself."""
    found = connection.row(_MERGED, (type, id))
    return found[0] if found else None


def alias(connection: Connection, type: str, old: str, new: str, event: str, now: datetime) -> None:
    """From now on `old` is found as `new`. Raises Conflict if it already lives on as another, or `new` as it."""
    known = merged_into(connection, type, old)
    if known == new:
        return
    surviving = survivor(connection, type, new)
    if known or surviving == old:
        raise Conflict(f"{type}/{old} cannot be merged into {type}/{new}: {type}/{old if known else new} already was")
    connection.execute("UPDATE alias SET new = ? WHERE type = ? AND new = ?", (surviving, type, old))
    connection.execute(_ALIAS, (type, old, surviving, new, event, micros(now)))
    for batch in _batches(connection.rows(_NAMING, (f"{type}/{old}",))):
        connection.many(_POINT, [(param, f"{type}/{surviving}", rid) for param, rid in batch])
        connection.many(_UNPOINT, [(param, f"{type}/{old}", rid) for param, rid in batch])


def unalias(connection: Connection, type: str, old: str) -> None:
    """Undo it: what names `old` in its stored JSON is found by it again. Nothing happens where there is no alias."""
    surviving = survivor(connection, type, old)
    rids = sorted({rid for _, rid in connection.rows(_NAMING, (f"{type}/{surviving}",))})
    naming = [(rid, rows) for rid in rids if (rows := _indexed(connection, rid))]
    before = [resolved(connection, rows) for _, rows in naming]
    connection.execute("DELETE FROM alias WHERE type = ? AND old = ?", (type, old))
    _part(connection, type, surviving)
    for (rid, rows), was in zip(naming, before, strict=True):
        indexing.replace(connection, rid, was, resolved(connection, rows))


def resolved(connection: Connection, rows: IndexRows) -> IndexRows:
    """Index rows with survivors for what was merged."""
    names = {target: target.partition("/") for _, target in rows.reference}
    pairs = [value for type, _, id in names.values() if id for value in (type, id)]
    if not pairs:
        return rows
    values = ", ".join(["(?, ?)"] * (len(pairs) // 2))
    merged = {f"{type}/{old}": f"{type}/{new}" for type, old, new in connection.rows(f"{_ANY} (VALUES {values})", pairs)}
    return replace(rows, reference={(param, merged.get(target, target)) for param, target in rows.reference})


def _part(connection: Connection, type: str, surviving: str) -> None:
    """Those that lived on as the survivor follow their merges again, as far as these still stand."""
    sql = "SELECT old, merged_into FROM alias WHERE type = ? AND new = ?"
    known: dict[str, str] = dict(connection.rows(sql, (type, surviving)))
    for old, now in known.items():
        while now in known:
            now = known[now]  # noqa: PLW2901
        connection.execute("UPDATE alias SET new = ? WHERE type = ? AND old = ?", (now, type, old))


def _indexed(connection: Connection, rid: int) -> IndexRows | None:
    found = connection.row(_CONTENT, (rid,))
    return index_rows(text.load(found[0].encode())) if found else None


def _batches(rows: list[Row]) -> Iterator[list[Row]]:
    return (rows[start : start + BATCH] for start in range(0, len(rows), BATCH))
