"""Which criterion a search starts from: the one that finds least, so that nothing is read that could have been left aside."""

from __future__ import annotations

from collections.abc import Sequence

from shared.fhir.query.atoms import (
    AmountIs,
    Atom,
    CodeBegins,
    Criterion,
    DateIs,
    IdIs,
    Linked,
    Missing,
    Referred,
    RefersTo,
    TextBegins,
    TextContains,
    TextIs,
    TokenIs,
    TokenOf,
    UpdatedIs,
)
from shared.store.connection import Connection
from shared.store.search.scope import Scope
from shared.store.search.sql import Sql, joined, sql

_RANK: dict[type[Atom], int] = {
    IdIs: 0,
    TextIs: 1,
    RefersTo: 2,
    TokenIs: 3,
    CodeBegins: 3,
    TextBegins: 3,
    TextContains: 4,
    AmountIs: 4,
    Referred: 5,
    Linked: 5,
    DateIs: 6,
    TokenOf: 7,
    UpdatedIs: 8,
    Missing: 9,
}
"""What finds least, as a guess."""

FEW, MANY = 50, 5_000
"""A criterion that finds less than FEW is good enough; else they are compared up to MANY."""


def candidates(criteria: Sequence[Criterion]) -> list[Criterion]:
    """What a search may start from, best guess first."""
    return sorted((one for one in criteria if one.atoms and not one.negated), key=_rank)


def is_certain(criterion: Criterion) -> bool:
    return _rank(criterion) == 0


def least(connection: Connection, unions: Sequence[Sql], scope: Scope) -> int:
    """The place of the union of looks that finds least, by looking. All many: the first, which is the best guess."""
    for most in (FEW, MANY):
        counted = sql("SELECT").then(joined(", ", (_counted(union, most) for union in unions)))
        counts = connection.row(*scope.whole(counted)) or ()
        place = min(range(len(unions)), key=counts.__getitem__)
        if counts[place] < most:
            return place
    return 0


def _counted(union: Sql, most: int) -> Sql:
    return sql("(SELECT count(*) FROM (SELECT rid FROM (").then(union).then(sql(f") u LIMIT {most}) c)"))


def _rank(criterion: Criterion) -> int:
    return max(_RANK[type(atom)] for atom in criterion.atoms)
