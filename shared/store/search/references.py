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
    found = [target.split("/") for target in atom.targets]
    pairs = [pair for pair in found if len(pair) == 2 and pair[1] and pair[0].isalpha()]
    if not pairs:
        return None
    if len(pairs) == 1:
        return sql("a.type = ? AND a.old = ?", *pairs[0])
    values = joined(", ", (sql("(?, ?)", *pair) for pair in padded(pairs)))
    return sql("(a.type, a.old) IN (VALUES").then(values).then(sql(")"))
