"""References to a resource: index rows hold the id that it lives on under after merges; a search for an older id follows it."""

from __future__ import annotations

from collections.abc import Iterator

from shared.fhir.query.atoms import RefersTo
from shared.store.search.scope import Scope
from shared.store.search.sql import Sql, joined, one_of, sql
from shared.store.statements import padded

_SURVIVOR = "(a.type || '/' || a.new)"


def looks(_: Scope, __: str, atom: RefersTo) -> Iterator[Sql]:
    own = one_of("target", atom.targets)
    yield Sql(f"SELECT rid FROM reference_index WHERE param = ? AND {own.text}", (atom.param, *own.params))
    if old := _old(atom):
        begin = f"SELECT f.rid FROM alias a CROSS JOIN reference_index f WHERE {old.text}"
        yield Sql(f"{begin} AND f.param = ? AND f.target = {_SURVIVOR}", (*old.params, atom.param))


def condition(atom: RefersTo) -> Sql:
    """On a row of reference_index."""
    own, old = one_of("target", atom.targets), _old(atom)
    if old is None:
        return own
    return Sql(f"({own.text} OR target IN (SELECT {_SURVIVOR} FROM alias a WHERE {old.text}))", own.params + old.params)


def _old(atom: RefersTo) -> Sql | None:
    """The condition on `alias a` that one of the targets was merged into another."""
    pairs = [(type, id) for type, _, id in (target.partition("/") for target in atom.targets) if type.isalpha() and "/" not in id]
    pairs = [pair for pair in pairs if pair[1]]
    if not pairs:
        return None
    if len(pairs) == 1:
        return sql("a.type = ? AND a.old = ?", *pairs[0])
    values = joined(", ", (sql("(?, ?)", *pair) for pair in padded(pairs)))
    return sql("(a.type, a.old) IN (VALUES").then(values).then(sql(")"))
