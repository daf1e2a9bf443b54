"""The order of matches, and where in it a page begins: sort keys, then the resource's own number, so that no two are equal.

Of several values the least counts (descending: the greatest); without a value a resource comes last.
http://hl7.org/fhir/R4/search.html#sort
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shared.fhir.parameters import Parameter
from shared.fhir.query.controls import SortKey, sorted_by
from shared.store.search.sql import Sql, sql
from shared.store.statements import places

_VALUES = {
    "token": ("token_index", "code", "code", ""),
    "uri": ("token_index", "code", "code", ""),
    "reference": ("reference_index", "target", "target", ""),
    "date": ("date_index", "low", "high", ""),
    "string": ("string_index", "value", "value", ""),
    "number": ("quantity_index", "low", "high", " AND form = 0"),
    "quantity": ("quantity_index", "low", "high", " AND form = 0"),
}
"""Of a kind: table, column for ascending, column for descending order, further condition."""


@dataclass(frozen=True, slots=True)
class Order:
    """One thing to sort by, once for all types that are searched. `code` "" is the type itself."""

    code: str
    descending: bool = False

    @property
    def always_there(self) -> bool:
        return self.code in ("", "_id", "_lastUpdated")


def orders(keys: Sequence[SortKey], *, types: int, driven: bool) -> tuple[Order, ...]:
    """Without keys: the order of an index, so that a page reads no more than it shows."""
    if keys:
        return tuple(Order(key.code, key.descending) for key in keys)
    if types > 1:
        return Order(""), Order("_id")
    return () if driven else (Order("_id"),)


def value(order: Order, type: str, row: str, upto: int | None = None) -> Sql:
    """What is compared, of the resource of an alias. `upto`: the time of the last change as it was at that commit."""
    match order.code:
        case "":
            return sql(f"'{type}'")
        case "_id":
            return sql(f"{row}.id")
        case "_lastUpdated":
            return sql(f"{row}.updated") if upto is None else _updated_then(row, upto)
    parameter = sorted_by(type, SortKey(order.code, order.descending))
    return sql("NULL") if parameter is None else _of(parameter, row, descending=order.descending)


def after(order: Sequence[Order], last: Sequence[Any]) -> Sql:
    """The condition on columns k0, k1, … and rid that a resource comes after the last one of a page.

    `last` are its values, and its number at the end. Where one range of an index can answer, the condition is one range.
    """
    down = [one.descending for one in order]
    names = [f"k{place}" for place in range(len(order))] + ["rid"]
    if all(one.always_there for one in order) and len(set(down)) <= 1:
        sign = "<" if any(down) else ">"
        return sql(f"({', '.join(names)}) {sign} ({places(len(names))})", *last)
    condition = sql(f"rid {'<' if down[-1] else '>'} ?", last[-1])
    for place in reversed(range(len(order))):
        condition = _after_one(names[place], last[place], condition, descending=down[place])
    return condition


def by(order: Sequence[Order]) -> list[str]:
    """The terms of the ORDER BY that goes with `after`."""
    terms = []
    for place, one in enumerate(order):
        terms += [] if one.always_there else [f"k{place} IS NULL"]
        terms.append(f"k{place} DESC" if one.descending else f"k{place}")
    down = order[-1].descending if order else False
    return [*terms, "rid DESC" if down else "rid"]


def _updated_then(row: str, upto: int) -> Sql:
    then = f"(SELECT updated FROM version WHERE rid = {row}.rid AND sequence <= ? ORDER BY number DESC LIMIT 1)"
    return sql(f"CASE WHEN {row}.current <= ? THEN {row}.updated ELSE coalesce({then}, {row}.updated) END", upto, upto)


def _after_one(name: str, value: Any, then: Sql, *, descending: bool) -> Sql:
    if value is None:
        return sql(f"({name} IS NULL AND").then(then).then(sql(")"))
    beyond = sql(f"({name} {'<' if descending else '>'} ? OR {name} IS NULL OR {name} = ? AND", value, value)
    return beyond.then(then).then(sql(")"))


def _of(parameter: Parameter, row: str, *, descending: bool) -> Sql:
    table, low, high, more = _VALUES[parameter.kind]
    chosen = f"max({high})" if descending else f"min({low})"
    return sql(f"(SELECT {chosen} FROM {table} WHERE rid = {row}.rid AND param = ?{more})", parameter.hash)
