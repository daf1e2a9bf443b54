"""The resources of one type for which all criteria hold: start from the criterion that finds least, check the others.

So what is read depends on the matches of one criterion, never on how many other resources there are. Chains and `_has` are
criteria on the resource at the other end of a reference, so they come back here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from shared.fhir.query.atoms import Atom, Criterion, Linked, Referred
from shared.store.connection import Connection
from shared.store.search import conditions, merges, start
from shared.store.search.scope import Scope
from shared.store.search.sql import Sql, all_of, any_of, joined, sql


@dataclass(frozen=True, slots=True)
class Selection:
    """`body` is SQL from FROM on; `row` the alias of the resource in it, which is there once for each that is found.

    `driven`: it starts from an index of values, else from all resources of the type.
    """

    row: str
    body: Sql
    driven: bool


def selected(
    scope: Scope, type: str, criteria: tuple[Criterion, ...], connection: Connection | None = None, since: int | None = None
) -> Selection:
    """With a connection the best start is found by looking, else it is guessed.

    `since`: of what no index of values finds, only resources that were written after this place in the order of commits.
    """
    criteria = (*criteria, *scope.within(type))
    row = scope.alias()
    first, found = _first(scope, type, criteria, connection)
    if first is None and since is not None:
        found = sql("SELECT rid FROM version WHERE type = ? AND sequence > ?", type, since)
    if first is None and since is None:
        begin = sql(f"FROM resource {row} WHERE {row}.type = ? AND NOT {row}.deleted", type)
    else:
        of_those = f"CROSS JOIN resource {row} WHERE {row}.rid = d.rid AND NOT {row}.deleted"
        begin = Sql(f"FROM (SELECT DISTINCT rid FROM ({found.text}) u) d {of_those}", found.params)
    body = all_of([begin, *(holds(scope, one, row) for one in criteria if one is not first)])
    return Selection(row, body, driven=first is not None)


def holds(scope: Scope, criterion: Criterion, row: str) -> Sql:
    """The condition that a criterion puts on the resource of an alias."""
    atoms = _possible(scope, criterion)
    found = any_of([_check(scope, atom, row) for atom in atoms]) if atoms else sql("(1 = 0)")
    return Sql(f"NOT {found.text}", found.params) if criterion.negated else found


def _first(
    scope: Scope, type: str, criteria: tuple[Criterion, ...], connection: Connection | None
) -> tuple[Criterion | None, Sql]:
    starts = start.candidates(criteria)
    if not starts:
        return None, sql("")
    if len(starts) == 1 or connection is None or start.finds_few(starts[0]):
        return starts[0], _union(scope, type, starts[0])
    unions = [_union(scope, type, one) for one in starts]
    place = start.least(connection, unions, scope)
    return starts[place], unions[place]


def _union(scope: Scope, type: str, criterion: Criterion) -> Sql:
    atoms = _possible(scope, criterion)
    if not atoms:
        return sql("SELECT rid FROM resource WHERE 1 = 0")
    return joined(" UNION ALL ", [look for atom in atoms for look in _looks(scope, type, atom)])


def _possible(scope: Scope, criterion: Criterion) -> list[Atom]:
    """The atoms without those about resources of types that the store has none of."""
    return [atom for atom in criterion.atoms if not isinstance(atom, Linked | Referred) or atom.type in scope.present]


def _looks(scope: Scope, type: str, atom: Atom) -> list[Sql]:
    match atom:
        case Linked():
            return [_look(scope, atom)]
        case Referred():
            return list(_looks_back(scope, atom))
        case _:
            return list(conditions.looks(scope, type, atom))


def _check(scope: Scope, atom: Atom, row: str) -> Sql:
    match atom:
        case Linked():
            return _check_along(scope, atom, row)
        case Referred():
            return _check_back(scope, atom, row)
        case _:
            return conditions.check(atom, row)


def _look(scope: Scope, atom: Linked) -> Sql:
    """From the resources that fulfil the criteria to those that refer to them."""
    inner = selected(scope, atom.type, atom.criteria)
    targets = scope.step(sql(f"SELECT DISTINCT '{atom.type}/' || {inner.row}.id AS target").then(inner.body))
    if scope.merged:
        targets = scope.step(merges.surviving(targets, atom.type))
    return sql(
        f"SELECT f.rid FROM {targets} t CROSS JOIN reference_index f WHERE f.param = ? AND f.target = t.target", atom.param
    )


def _looks_back(scope: Scope, atom: Referred) -> Iterator[Sql]:
    """From the resources that fulfil the criteria to those that they refer to."""
    inner = selected(scope, atom.type, atom.criteria)
    sources = scope.step(sql(f"SELECT {inner.row}.rid").then(inner.body))
    reached = f"SELECT DISTINCT f.target FROM {sources} s CROSS JOIN reference_index f WHERE f.rid = s.rid AND f.param = ?"
    targets = scope.step(sql(reached, atom.param))
    id, of_type = _id(scope, "t.target", atom.own), _is_of("t.target", atom.own)
    yield sql(f"SELECT r.rid FROM {targets} t CROSS JOIN resource r WHERE r.type = ? AND r.id = {id} AND {of_type}", atom.own)
    if scope.merged:
        yield sql(f"SELECT r.rid FROM {targets} t CROSS JOIN").then(merges.merged_resource("r", atom.own, id, of_type))


def _check_along(scope: Scope, atom: Linked, row: str) -> Sql:
    """From the resource at hand along its references."""
    other = scope.alias()
    id, of_type = _id(scope, "f.target", atom.type), _is_of("f.target", atom.type)
    begin = sql(
        f"(SELECT 1 FROM reference_index f CROSS JOIN resource {other} WHERE f.rid = {row}.rid AND f.param = ?", atom.param
    )
    known = begin.then(sql(f"AND {of_type} AND {other}.type = ? AND {other}.id = {id} AND NOT {other}.deleted AND", atom.type))
    found = _exists(known, scope, atom, other)
    if not scope.merged:
        return found
    begin = sql("(SELECT 1 FROM reference_index f CROSS JOIN").then(merges.merged_resource(other, atom.type, id, of_type))
    merged = begin.then(sql(f"AND f.rid = {row}.rid AND f.param = ? AND NOT {other}.deleted AND", atom.param))
    return any_of((found, _exists(merged, scope, atom, other)))


def _check_back(scope: Scope, atom: Referred, row: str) -> Sql:
    """From the resource at hand to those that refer to it."""
    other = scope.alias()
    begin = f"CROSS JOIN resource {other} WHERE f.param = ? AND f.target = '{atom.own}/' ||"
    known = sql(f"(SELECT 1 FROM reference_index f {begin} {row}.id AND {other}.rid = f.rid AND", atom.param)
    found = _exists(known, scope, atom, other)
    if not scope.merged:
        return found
    begin = f"(SELECT 1 FROM alias a CROSS JOIN reference_index f {begin} a.new AND {other}.rid = f.rid"
    merged = sql(f"{begin} AND a.type = '{atom.own}' AND a.old = {row}.id AND", atom.param)
    return any_of((found, _exists(merged, scope, atom, other)))


def _exists(begin: Sql, scope: Scope, atom: Linked | Referred, other: str) -> Sql:
    conditions = all_of(holds(scope, one, other) for one in (*atom.criteria, *scope.within(atom.type)))
    return begin.then(conditions).then(sql("LIMIT 1) IS NOT NULL"))


def _id(scope: Scope, target: str, type: str) -> str:
    """The id in a reference's target, compared as ids are: PostgreSQL uses an index for its own collation only."""
    collation = ' COLLATE "default"' if scope.dialect == "postgresql" else ""
    return f"substr({target}, {len(type) + 2}){collation}"


def _is_of(target: str, type: str) -> str:
    return f"substr({target}, 1, {len(type) + 1}) = '{type}/'"
