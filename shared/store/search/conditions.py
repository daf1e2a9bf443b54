"""Every atom about a resource itself in two forms of SQL: rows to start from (`looks`), and a condition on a resource at hand (`check`).

A look reads one stretch of one index. A check is a scalar subquery: no planner turns it into a join of its own choice, so what
is read first is decided here, on both databases, with and without statistics.
"""

from __future__ import annotations

from collections.abc import Iterator

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
from shared.store.search import quantities, ranges, references
from shared.store.search.scope import Scope
from shared.store.search.sql import Sql, sql

_AFTER_ALL = "\U0010ffff"

_SHAPES = """
SELECT r.rid FROM (
 WITH RECURSIVE known(shape) AS (
  SELECT min(shape) FROM resource WHERE type = ?
  UNION ALL
  SELECT (SELECT min(shape) FROM resource WHERE type = ? AND shape > known.shape) FROM known WHERE known.shape IS NOT NULL
 ) SELECT shape FROM known WHERE (shape & ?) {test} 0
) s CROSS JOIN resource r WHERE r.type = ? AND r.shape = s.shape"""
"""The distinct shapes of a type by one step in the index for each, and of the right ones the resources."""

_CONTAINING = {
    "sqlite": "SELECT s.rid FROM phrase_trigram t CROSS JOIN phrase p CROSS JOIN string_index s "
    "WHERE t.text MATCH ? AND p.id = t.rowid AND s.param = ? AND s.value = p.value",
    "postgresql": "SELECT s.rid FROM phrase p CROSS JOIN string_index s WHERE p.text LIKE ? AND s.param = ? AND s.value = p.value",
}


def looks(scope: Scope, type: str, atom: OwnAtom) -> Iterator[Sql]:
    """SELECTs of `rid` whose union is every resource of the type for which the atom holds; none are missing, doubles may be."""
    match atom:
        case TokenIs(param, code, None):
            yield sql("SELECT rid FROM token_index WHERE param = ? AND code = ?", param, code)
        case TokenIs(param, code, system):
            yield sql("SELECT rid FROM token_index WHERE param = ? AND code = ? AND system = ?", param, code, system)
        case TokenOf(param, system):
            yield sql("SELECT rid FROM token_index WHERE param = ? AND system = ?", param, system)
        case CodeBegins(param, begin):
            yield sql("SELECT rid FROM token_index WHERE param = ? AND code >= ? AND code < ?", param, begin, begin + _AFTER_ALL)
        case TextBegins(param, begin):
            yield sql(
                "SELECT rid FROM string_index WHERE param = ? AND value >= ? AND value < ?", param, begin, begin + _AFTER_ALL
            )
        case TextIs(param, value, exact):
            yield sql("SELECT rid FROM string_index WHERE param = ? AND value = ? AND exact = ?", param, value, exact)
        case TextContains(param, part):
            yield sql(_CONTAINING[scope.dialect], _pattern(scope, part), param)
        case DateIs(param):
            test = ranges.comparison(atom)
            for stretch in ranges.stretches(atom):
                yield sql("SELECT rid FROM date_index WHERE param = ? AND", param).then(stretch).then(sql("AND")).then(test)
        case AmountIs(param, _, form):
            test = quantities.comparison(atom)
            for stretch in quantities.stretches(atom):
                begin = sql("SELECT rid FROM quantity_index WHERE param = ? AND form = ? AND", param, form)
                yield begin.then(stretch).then(sql("AND")).then(test)
        case IdIs(id):
            yield sql("SELECT rid FROM resource WHERE type = ? AND id = ?", type, id)
        case UpdatedIs():
            yield sql("SELECT rid FROM resource WHERE type = ? AND", type).then(_updated(atom, "resource"))
        case Missing(_, bit, missing):
            text = _SHAPES.format(test="=" if missing else "<>")
            yield sql(text, type, type, 1 << bit, type)
        case RefersTo():
            yield from references.looks(atom)


def check(atom: OwnAtom, row: str) -> Sql:
    """The condition that an atom puts on the resource of an alias."""
    match atom:
        case TokenIs(param, code, None):
            return _one("token_index", row, param, sql("code = ?", code))
        case TokenIs(param, code, system):
            return _one("token_index", row, param, sql("code = ? AND system = ?", code, system))
        case TokenOf(param, system):
            return _one("token_index", row, param, sql("system = ?", system))
        case CodeBegins(param, begin):
            return _one("token_index", row, param, sql("code >= ? AND code < ?", begin, begin + _AFTER_ALL))
        case TextBegins(param, begin):
            return _one("string_index", row, param, sql("value >= ? AND value < ?", begin, begin + _AFTER_ALL))
        case TextIs(param, value, exact):
            return _one("string_index", row, param, sql("value = ? AND exact = ?", value, exact))
        case TextContains(param, part):
            return _one("string_index", row, param, _contains(part))
        case DateIs(param):
            return _one("date_index", row, param, ranges.comparison(atom))
        case AmountIs(param, _, form):
            return _one("quantity_index", row, param, sql("form = ? AND", form).then(quantities.comparison(atom)))
        case IdIs(id):
            return sql(f"{row}.id = ?", id)
        case UpdatedIs():
            return _updated(atom, row)
        case Missing(_, bit, missing):
            return sql(f"({row}.shape & ?) {'=' if missing else '<>'} 0", 1 << bit)
        case RefersTo(param):
            return _one("reference_index", row, param, references.condition(atom))


def _one(table: str, row: str, param: int, condition: Sql) -> Sql:
    """Whether the resource has a row of this parameter with a condition."""
    begin = sql(f"(SELECT 1 FROM {table} WHERE rid = {row}.rid AND param = ? AND", param)
    return begin.then(condition).then(sql("LIMIT 1) IS NOT NULL"))


def _updated(atom: UpdatedIs, row: str) -> Sql:
    found = ranges.updated(atom)
    return Sql(found.text.format(r=row), found.params)


def _contains(part: str) -> Sql:
    """In the index row itself; of a long text, of which that has the beginning only, in the phrase."""
    pattern = _like(part)
    return sql(
        "(value LIKE ? ESCAPE '\\' OR (SELECT 1 FROM phrase p WHERE p.value = string_index.value AND p.value <> p.text "
        "AND p.text LIKE ? ESCAPE '\\' LIMIT 1) IS NOT NULL)",
        pattern,
        pattern,
    )


def _pattern(scope: Scope, part: str) -> str:
    return _like(part) if scope.dialect == "postgresql" else '"' + part.replace('"', '""') + '"'


def _like(part: str) -> str:
    escaped = part.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
