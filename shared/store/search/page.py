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

_OF_PAGE = VERSION.replace("r.id", "p.id")


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
    keys = ", ".join(["p.rid", *(f"p.k{place}" for place in range(len(order)))])
    terms = ordering.by(order)
    of_types = [_of_part(part, order, terms, last, limit) for part in parts]
    if len(of_types) == 1:
        found = of_types[0]
    else:
        union = joined(" UNION ALL ", (sql(f"SELECT * FROM {scope.step(one)}") for one in of_types))
        found = Sql(f"SELECT * FROM ({union.text}) u ORDER BY {', '.join(terms)} LIMIT ?", (*union.params, limit))
    with_text = f"CROSS JOIN version v WHERE v.sequence = p.current ORDER BY {', '.join([f'p.{term}' for term in terms])}"
    return scope.whole(Sql(f"SELECT {_OF_PAGE}, {keys} FROM ({found.text}) p {with_text}", found.params))


def count(scope: Scope, selections: dict[str, Selection], *, exactly: bool) -> int | None:
    """How many are found; None for more than MOST_COUNTED, unless it must be known exactly."""
    limit = sql("") if exactly else sql("LIMIT ?", MOST_COUNTED + 1)
    each = joined(" UNION ALL ", (sql("SELECT 1 AS one").then(selection.body) for selection in selections.values()))
    counted = sql("SELECT count(*) FROM (SELECT one FROM (").then(each).then(sql(") u")).then(limit).then(sql(") c"))
    found = scope.connection.row(*scope.whole(counted))
    number = int(found[0]) if found else 0
    return number if exactly or number <= MOST_COUNTED else None


def _of_part(part: Part, order: Sequence[Order], terms: Sequence[str], last: Sequence[Any] | None, limit: int) -> Sql:
    row, body = part.selection.row, part.selection.body
    columns = [sql(f"SELECT {row}.rid AS rid, {row}.id AS id, {row}.current AS current")]
    columns += [ordering.value(one, part.type, row, part.upto).then(sql(f"AS k{place}")) for place, one in enumerate(order)]
    every = joined(", ", columns)
    found = Sql(f"SELECT * FROM ({every.text} {body.text}) q", every.params + body.params)
    if last is not None:
        found = found.then(sql("WHERE")).then(ordering.after(order, last))
    return Sql(f"{found.text} ORDER BY {', '.join(terms)} LIMIT ?", (*found.params, limit))
