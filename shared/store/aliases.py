"""One resource that lives on as another, after a merge. The search index holds the survivor, the stored JSON what was sent.

So a search for either finds what names either, at once; reading the old id still gives what was stored under it. The JSON
follows in batches (shared.store.repointing).

Who was merged into whom are the edges of a graph; who lives on as whom follows from them, whatever the order in which they
became known. A circle, which only others can draw, ends at its least id.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Final

from shared.fhir import text
from shared.fhir.index import IndexRows, index_rows
from shared.fhir.issue import Resource
from shared.fhir.reference import references, rewritten
from shared.fhir.refusal import Conflict
from shared.store import indexing
from shared.store.connection import Connection, Row
from shared.store.instant import micros

BATCH: Final = 500
SETTLE: Final = "engine: settle a merge"
"""Name of the timer by which stored JSON follows a merge and an unmerge. Its key is the old reference."""

POINTED, PARTING = "repointed", "parting"
"""States of a record of the kind `log_of`: the merge has changed a resource; the merge is over, and that is to be undone."""

_ALIAS = (
    "INSERT INTO alias (type, old, new, merged_into, event, since) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (type, old) "
    "DO UPDATE SET new = excluded.new, merged_into = excluded.merged_into, event = excluded.event, since = excluded.since"
)
_LIVES_ON = "UPDATE alias SET new = ? WHERE type = ? AND old = ?"
_UNALIAS = "DELETE FROM alias WHERE type = ? AND old = ?"
_SURVIVOR = "SELECT new FROM alias WHERE type = ? AND old = ?"
_MERGED = "SELECT merged_into FROM alias WHERE type = ? AND old = ?"
_TOGETHER = "SELECT old, new, merged_into FROM alias WHERE type = ? AND new IN (?, ?)"
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


def log_of(reference: str) -> str:
    """The kind of the records that tell what the merge of `Type/id` has changed; their ids are references too."""
    return f"merge {reference}"


def survivor(connection: Connection, type: str, id: str) -> str:
    """The id under which a resource lives on: its own, unless it was merged into another (which may have been merged too)."""
    found = connection.row(_SURVIVOR, (type, id))
    return found[0] if found else id


def merged_into(connection: Connection, type: str, id: str) -> str | None:
    """What a resource was merged into, whatever became of that; None if it stands by itself."""
    found = connection.row(_MERGED, (type, id))
    return found[0] if found else None


def alias(connection: Connection, type: str, old: str, new: str, event: str, now: datetime) -> bool:
    """From now on `old` is found as `new`; whether that is news. Raises Conflict where either already lives on as another."""
    known = merged_into(connection, type, old)
    if known != new and (known or survivor(connection, type, new) == old):
        raise Conflict(f"{type}/{old} cannot be merged into {type}/{new}: {type}/{old if known else new} already was")
    return point(connection, type, old, new, event, now)


def unalias(connection: Connection, type: str, old: str, now: datetime) -> bool:
    """Undo it: what names `old` in its stored JSON is found by it again. Nothing happens where there is no alias."""
    return point(connection, type, old, None, "", now)


def point(connection: Connection, type: str, old: str, into: str | None, event: str, now: datetime) -> bool:
    """`old` was merged into another, or (None) stands by itself; whether that is news.

    Whoever was merged into `old` goes with it. A circle is taken as it is.
    """
    if merged_into(connection, type, old) == into:
        return False
    here, there = survivor(connection, type, old), survivor(connection, type, into or old)
    known = {row[0]: _Merged(*row) for row in connection.rows(_TOGETHER, (type, here, there))}
    edges = {id: merged.into for id, merged in known.items() if id != old} | ({old: into} if into else {})
    now_as = {id: _end(id, edges) for id in edges}
    leaving = [_leaving(found, known, now_as) for found in dict.fromkeys((here, there))]
    parting = [part for part in map(partial(_part, connection, type), leaving) if part]
    connection.execute(_UNALIAS, (type, old))
    if into:
        connection.execute(_ALIAS, (type, old, now_as[old], into, event, micros(now)))
    for id, new in now_as.items():
        if id != old and known[id].new != new:
            connection.execute(_LIVES_ON, (new, type, id))
    for each in leaving:
        if each.whole:
            _rename(connection, f"{type}/{each.found_as}", f"{type}/{each.whole}")
    for rid, rows, was in (row for part in parting for row in part):
        indexing.replace(connection, rid, was, resolved(connection, rows))
    return True


def resolved(connection: Connection, rows: IndexRows) -> IndexRows:
    """Index rows with survivors for what was merged."""
    merged = _survivors(connection, {target for _, target in rows.reference})
    if not merged:
        return rows
    return replace(rows, reference={(param, merged.get(target, target)) for param, target in rows.reference})


def living(connection: Connection, resource: Resource) -> Resource:
    """A resource whose references name survivors."""
    return rewritten(resource, _survivors(connection, {found.value for found in references(resource)}))


def _survivors(connection: Connection, targets: Collection[str]) -> dict[str, str]:
    """Of those `Type/id` that were merged, whom they live on as."""
    pairs = [value for type, _, id in (target.partition("/") for target in targets) if id for value in (type, id)]
    if not pairs:
        return {}
    values = ", ".join(["(?, ?)"] * (len(pairs) // 2))
    found = connection.rows(f"{_ANY} (VALUES {values})", pairs)
    return {f"{type}/{old}": f"{type}/{new}" for type, old, new in found}


@dataclass(frozen=True, slots=True)
class _Merged:
    id: str
    new: str
    into: str


@dataclass(frozen=True, slots=True)
class _Leaving:
    """Of those that were found as one: the ids that are found as another from now on; `whole`: all of them, as this one."""

    found_as: str
    ids: tuple[str, ...]
    whole: str


def _end(id: str, edges: Mapping[str, str]) -> str:
    """Where the way from an id ends; of a circle, its least id."""
    way = [id]
    while way[-1] in edges:
        if edges[way[-1]] in way:
            return min(way[way.index(edges[way[-1]]) :])
        way.append(edges[way[-1]])
    return way[-1]


def _leaving(found_as: str, known: Mapping[str, _Merged], now_as: Mapping[str, str]) -> _Leaving:
    members = {found_as} | {id for id, merged in known.items() if merged.new == found_as}
    leaving = tuple(sorted(id for id in members if now_as.get(id, id) != found_as))
    ends = {now_as.get(id, id) for id in members}
    return _Leaving(found_as, leaving, ends.pop() if leaving and len(ends) == 1 else "")


def _part(connection: Connection, type: str, leaving: _Leaving) -> list[tuple[int, IndexRows, IndexRows]]:
    """Which resources name one of those that part from the others, what they are found by, and what they were found by."""
    if leaving.whole or not leaving.ids:
        return []
    rids = dict.fromkeys(rid for _, rid in connection.rows(_NAMING, (f"{type}/{leaving.found_as}",)))
    naming = [(rid, rows) for rid in rids if (rows := _indexed(connection, rid, leaving.ids))]
    return [(rid, rows, resolved(connection, rows)) for rid, rows in naming]


def _rename(connection: Connection, found_as: str, new: str) -> None:
    for batch in _batches(connection.rows(_NAMING, (found_as,))):
        connection.many(_POINT, [(param, new, rid) for param, rid in batch])
        connection.many(_UNPOINT, [(param, found_as, rid) for param, rid in batch])


def _indexed(connection: Connection, rid: int, ids: tuple[str, ...]) -> IndexRows | None:
    found = connection.row(_CONTENT, (rid,))
    return index_rows(text.load(found[0].encode())) if found and any(f"/{id}" in found[0] for id in ids) else None


def _batches(rows: list[Row]) -> Iterator[list[Row]]:
    return (rows[start : start + BATCH] for start in range(0, len(rows), BATCH))
