"""Answers a search: a page of matches, what goes with them, how many there are, where the next page begins."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from shared.fhir.caller import Caller
from shared.fhir.query import Query, criteria_of
from shared.store.connection import Connection
from shared.store.search import cursor as cursors
from shared.store.search import page as pages
from shared.store.search.cursor import Cursor
from shared.store.search.includes import Row, included
from shared.store.search.order import Order, orders
from shared.store.search.page import Part
from shared.store.search.scope import Scope
from shared.store.search.selection import Selection, selected
from shared.store.search.sql import sql
from shared.store.version import Version


class Looking(Protocol):
    """The part of a View that a search needs."""

    now: datetime
    caller: Caller

    @property
    def connection(self) -> Connection: ...


@dataclass(frozen=True, slots=True)
class Found:
    """`total` is None where it was not asked for, or is over 10,000. `next_cursor` is None on the last page."""

    matches: list[Version]
    included: list[Version]
    total: int | None
    next_cursor: str | None
    query: Query


def find(view: Looking, query: Query) -> Found:
    """Run a search as the caller may see it. Raises Malformed for a cursor that is none of this search."""
    connection, scope = view.connection, Scope(view.connection, view.caller, query.now)
    types = sorted(scope.present & query.criteria.keys()) if query.everything else query.types
    selections = {type: selected(scope, type, query.criteria[type], connection) for type in types}
    if query.count == 0 or not selections:
        return Found([], [], _count_only(scope, query, selections), None, query)
    order = orders(query.controls.sort, types=len(query.types), driven=all(one.driven for one in selections.values()))
    cursor = cursors.read(query.controls.cursor, _about(query)) if query.controls.cursor else None
    parts = list(_parts(scope, query, selections, order, cursor))
    ask = connection.only if _is_all(query, order) else connection.rows
    rows = ask(*pages.page(scope, parts, order, cursor.last if cursor else None, query.count + 1))
    more = len(rows) > query.count
    rows = rows[: query.count]
    total = _total(scope, query, selections, cursor, None if more or cursor else len(rows))
    upto = cursor.upto if cursor else _newest(connection) if more else 0
    following = str(Cursor(_about(query), _last(rows[-1], order), total, upto)) if more else None
    matches = [pages.version_of(row[:6]) for row in rows]
    along = _along(connection, scope, query, rows, matches) if query.controls.includes else []
    return Found(matches, along, total, following, query)


def _is_all(query: Query, order: Sequence[Order]) -> bool:
    """Whether the page itself is most likely all that is read: few are found, and nothing goes with them."""
    return not (order or query.controls.includes or query.controls.cursor)


def ids(view: Looking, type: str, pairs: Sequence[tuple[str, str]], limit: int = 2) -> list[str]:
    """The ids of at most `limit` resources of a type: for the conditional forms, inside a unit of work.

    Raises Malformed for a wrong value and for whatever is no search parameter of the type.
    """
    scope = Scope(view.connection, view.caller, view.now)
    criteria = criteria_of(type, pairs, view.now)
    found = selected(scope, type, criteria, view.connection)
    statement = sql(f"SELECT {found.row}.id").then(found.body).then(sql("LIMIT ?", limit))
    return [id for (id,) in view.connection.rows(*scope.whole(statement))]


def _parts(
    scope: Scope, query: Query, selections: dict[str, Selection], order: Sequence[Order], cursor: Cursor | None
) -> Iterator[Part]:
    """By time of change what was written since the first page keeps its place there: it is neither missed nor shown twice.

    (Of followed types only the newest version is kept, so their copies move.)
    """
    moving = cursor is not None and any(one.code == "_lastUpdated" for one in order)
    for type, selection in selections.items():
        if cursor is None or not moving:
            yield Part(type, selection)
        elif selection.driven:
            yield Part(type, selection, cursor.upto)
        else:
            unchanged = selection.body.then(sql(f"AND {selection.row}.current <= ?", cursor.upto))
            yield Part(type, replace(selection, body=unchanged))
            changed = selected(scope, type, query.criteria[type], since=cursor.upto)
            yield Part(
                type, replace(changed, body=changed.body.then(sql(f"AND {changed.row}.current > ?", cursor.upto))), cursor.upto
            )


def _newest(connection: Connection) -> int:
    return int((connection.row("SELECT max(sequence) FROM version") or (0,))[0])


def _count_only(scope: Scope, query: Query, selections: dict[str, Selection]) -> int | None:
    if query.controls.total == "none" and query.controls.summary != "count":
        return None
    return pages.count(scope, selections, exactly=True) if selections else 0


def _total(scope: Scope, query: Query, selections: dict[str, Selection], cursor: Cursor | None, known: int | None) -> int | None:
    if query.controls.total == "none":
        return None
    if cursor is not None:
        return cursor.total
    return known if known is not None else pages.count(scope, selections, exactly=query.controls.total == "accurate")


def _along(
    connection: Connection, scope: Scope, query: Query, rows: Sequence[Sequence[Any]], matches: Sequence[Version]
) -> list[Version]:
    found = [Row(row[6], version) for row, version in zip(rows, matches, strict=True)]
    return included(connection, scope, query.controls.includes, found)


def _last(row: Sequence[object], order: Sequence[Order]) -> tuple[object, ...]:
    rid, *values = row[6 : 7 + len(order)]
    return (*values, rid)


def _about(query: Query) -> str:
    return repr((query.types if not query.everything else "*", query.used))
