"""Every atom about a resource itself in two forms of SQL: rows to start from (`looks`), and a condition on a resource (`check`).

A look reads one stretch of one index. A check is a scalar subquery: no planner turns it into a join of its own choice, so what
is read first is decided here, on both databases, with and without statistics.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from shared.fhir.query.atoms import (
    AmountIs,
    CodeBegins,
    DateIs,
    IdIs,
    Missing,
    OwnAtom,
    RefersTo,
    TextBegins,
    TextContains,
    TextIs,
    TokenIs,
    TokenOf,
    UpdatedIs,
)
from shared.store.search import phrases, quantities, ranges, references
from shared.store.search.scope import Scope
from shared.store.search.sql import Sql, one_of, sql
from shared.store.statements import AFTER_ALL

_SHAPES = """
SELECT r.rid FROM (
 WITH RECURSIVE known(shape) AS (
  SELECT min(shape) FROM resource WHERE type = ?
  UNION ALL
  SELECT (SELECT min(shape) FROM resource WHERE type = ? AND shape > known.shape) FROM known WHERE known.shape IS NOT NULL
 ) SELECT shape FROM known WHERE (shape & ?) {test} 0
) s CROSS JOIN resource r WHERE r.type = ? AND r.shape = s.shape"""
"""The distinct shapes of a type by one step in the index for each, and of the right ones the resources."""


def looks(scope: Scope, type: str, atom: OwnAtom) -> Iterator[Sql]:
    """SELECTs of `rid` whose union is every resource of the type for which the atom holds; none are missing, doubles may be."""
    if start := _STARTS.get(atom.__class__):
        yield from start(scope, type, atom)
    else:
        table, condition = _ROWS[atom.__class__]
        text, params = condition(atom)
        yield Sql(f"SELECT rid FROM {table} WHERE param = ? AND {text}", (atom.param, *params))  # type: ignore[union-attr]


def check(atom: OwnAtom, row: str) -> Sql:
    """The condition that an atom puts on the resource of an alias."""
    if own := _COLUMNS.get(atom.__class__):
        return own(atom, row)
    table, condition = _ROWS[atom.__class__]
    text, params = condition(atom)
    whole = f"(SELECT 1 FROM {table} WHERE rid = {row}.rid AND param = ? AND {text} LIMIT 1) IS NOT NULL"
    return Sql(whole, (atom.param, *params))  # type: ignore[union-attr]


def _token(atom: TokenIs) -> Sql:
    codes = one_of("code", atom.codes)
    return codes if atom.system is None else Sql(f"{codes.text} AND system = ?", (*codes.params, atom.system))


def _code_begins(atom: CodeBegins) -> Sql:
    return sql("system = 0 AND code >= ? AND code < ?", atom.beginning, atom.beginning + AFTER_ALL)


def _text_begins(atom: TextBegins) -> Sql:
    return sql("value >= ? AND value < ?", atom.beginning, atom.beginning + AFTER_ALL)


_ROWS: Mapping[type[OwnAtom], tuple[str, Callable[[Any], Sql]]] = {
    TokenIs: ("token_index", _token),
    TokenOf: ("token_index", lambda atom: sql("system = ?", atom.system)),
    CodeBegins: ("token_index", _code_begins),
    RefersTo: ("reference_index", references.condition),
    DateIs: ("date_index", ranges.comparison),
    AmountIs: ("quantity_index", quantities.comparison),
    TextBegins: ("string_index", _text_begins),
    TextIs: ("string_index", lambda atom: sql("value = ? AND exact = ?", atom.value, atom.exact)),
    TextContains: ("string_index", phrases.condition),
}
"""The table of an atom, and its condition on one row of the parameter."""


def _dates(_: Scope, __: str, atom: DateIs) -> Iterator[Sql]:
    for stretch in ranges.stretches(atom):
        begin = sql("SELECT rid FROM date_index WHERE param = ? AND", atom.param)
        yield begin.then(stretch).then(sql("AND")).then(ranges.comparison(atom))


def _amounts(_: Scope, __: str, atom: AmountIs) -> Iterator[Sql]:
    for stretch in quantities.stretches(atom):
        begin = sql("SELECT rid FROM quantity_index WHERE param = ? AND", atom.param)
        yield begin.then(stretch).then(sql("AND")).then(quantities.comparison(atom))


def _id(_: Scope, type: str, atom: IdIs) -> Iterator[Sql]:
    yield sql("SELECT rid FROM resource WHERE type = ? AND", type).then(one_of("id", atom.ids))


def _updated(_: Scope, type: str, atom: UpdatedIs) -> Iterator[Sql]:
    yield sql("SELECT rid FROM resource WHERE type = ? AND", type).then(ranges.updated(atom, "resource"))


def _missing(_: Scope, type: str, atom: Missing) -> Iterator[Sql]:
    yield sql(_SHAPES.format(test="=" if atom.missing else "<>"), type, type, 1 << atom.bit, type)


_STARTS: Mapping[type[OwnAtom], Callable[[Scope, str, Any], Iterator[Sql]]] = {
    DateIs: _dates,
    AmountIs: _amounts,
    TextContains: phrases.looks,
    RefersTo: references.looks,
    IdIs: _id,
    UpdatedIs: _updated,
    Missing: _missing,
}
"""Atoms that are not found in one stretch of their table's index."""

_COLUMNS: Mapping[type[OwnAtom], Callable[[Any, str], Sql]] = {
    IdIs: lambda atom, row: one_of(f"{row}.id", atom.ids),
    UpdatedIs: ranges.updated,
    Missing: lambda atom, row: sql(f"({row}.shape & ?) {'=' if atom.missing else '<>'} 0", 1 << atom.bit),
}
"""Atoms about the resource's own row."""
