"""Which criterion a search starts from: the one that finds least, so that nothing is read that could have been left aside.

Some find few by their nature. Where none of a search's does, each is counted before the search runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from shared.fhir.parameters import number_of, parameters, resource_types
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

_NAMES = ("identifier", "url")
"""Parameters whose values each name one thing."""

FEW, MANY = 50, 5_000
"""A criterion that finds less than FEW is good enough; else they are compared up to MANY."""


def candidates(criteria: Sequence[Criterion]) -> list[Criterion]:
    """What a search may start from, best guess first."""
    found = [one for one in criteria if one.atoms and not one.negated]
    return sorted(found, key=_place) if len(found) > 1 else found


def finds_few(criterion: Criterion) -> bool:
    """Whether all that is asked for is something's own name, or hangs on what belongs to one patient: then nothing is counted.

    What hangs on an organization, a practitioner or a definition may be half of the store.
    """
    return all(map(_finds_few, criterion.atoms))


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


def _finds_few(atom: Atom) -> bool:
    match atom:
        case IdIs():
            return True
        case TokenIs():
            return atom.param in _naming()
        case RefersTo():
            return all(_is_personal(target.partition("/")[0]) for target in atom.targets)
        case _:
            return False


@cache
def _naming() -> frozenset[int]:
    return frozenset(number_of(f"{type}.{code}") for type in resource_types() for code in _NAMES)


@cache
def _is_personal(type: str) -> bool:
    """A patient, or what is a patient's."""
    return type == "Patient" or (type in resource_types() and "patient" in parameters(type))


def _place(criterion: Criterion) -> tuple[bool, int]:
    return not finds_few(criterion), max([_RANK[type(atom)] for atom in criterion.atoms])
