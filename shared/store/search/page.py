"""One page of matches and how many there are, as statements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shared.store.instant import moment
from shared.store.search import order as ordering
from shared.store.search.order import Order
from shared.store.search.scope import Scope
from shared.store.search.selection import Selection
from shared.store.search.sql import Sql, joined, sql
from shared.store.version import Version

MOST_COUNTED = 10_000

VERSION = "v.type, r.id, v.number, v.updated, v.text, v.sequence"
"""The columns that `version_of` reads."""


def version_of(row: Sequence[Any]) -> Version:
    type, id, number, updated, text, sequence = row
    return Version(type, id, number, moment(updated), text.encode(), False, sequence)


@dataclass(frozen=True, slots=True)
class Part:
    """A selection that contributes to a page. `upto`: times of change are taken as they were at that commit."""

    type: str
    selection: Selection
    upto: int | None = None


def page(scope: Scope, parts: Sequence[Part], order: Sequence[Order], last: Sequence[Any] | None, limit: int) -> Sql:
    """SELECT of the rows of `VERSION`, then rid and the sort keys, for at most `limit` resources of all parts."""
    keys = ", ".join(["rid", *(f"k{place}" for place in range(len(order)))])
    of_types = [_of_part(part, order, last, limit) for part in parts]
    if len(of_types) == 1:
        found = of_types[0]
    else:
        union = joined(" UNION ALL ", (sql(f"SELECT * FROM {scope.step(one)}") for one in of_types))
        found = sql("SELECT * FROM (").then(union).then(sql(f") u ORDER BY {ordering.by(order)} LIMIT ?", limit))
    begin = sql(f"SELECT {VERSION.replace('r.id', 'p.id')}, {', '.join('p.' + key for key in keys.split(', '))} FROM (")
    by = ", ".join("p." + term for term in ordering.by(order).split(", "))
    return scope.whole(begin.then(found).then(sql(f") p CROSS JOIN version v WHERE v.sequence = p.current ORDER BY {by}")))


def count(scope: Scope, selections: dict[str, Selection], *, exactly: bool) -> int | None:
    """How many are found; None for more than MOST_COUNTED, unless it must be known exactly."""
    limit = sql("") if exactly else sql("LIMIT ?", MOST_COUNTED + 1)
    each = joined(" UNION ALL ", (sql("SELECT 1 AS one").then(selection.body) for selection in selections.values()))
    counted = sql("SELECT count(*) FROM (SELECT one FROM (").then(each).then(sql(") u")).then(limit).then(sql(") c"))
    found = scope.connection.row(*scope.whole(counted))
    number = int(found[0]) if found else 0
    return number if exactly or number <= MOST_COUNTED else None


def _of_part(part: Part, order: Sequence[Order], last: Sequence[Any] | None, limit: int) -> Sql:
    row = part.selection.row
    columns = [sql(f"SELECT {row}.rid AS rid, {row}.id AS id, {row}.current AS current")]
    columns += [ordering.value(one, part.type, row, part.upto).then(sql(f"AS k{place}")) for place, one in enumerate(order)]
    found = sql("SELECT * FROM (").then(joined(", ", columns)).then(part.selection.body).then(sql(") q"))
    if last is not None:
        found = found.then(sql("WHERE")).then(ordering.after(order, last))
    return found.then(sql(f"ORDER BY {ordering.by(order)} LIMIT ?", limit))
