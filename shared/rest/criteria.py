"""Conditional forms: what an interaction is about is found by a search, in the unit of work that then writes.

http://hl7.org/fhir/R4/http.html#ccreate, #cond-update, #3.1.0.7.1
"""

from __future__ import annotations

from collections.abc import Sequence

from shared.fhir.bundle_identity import Find
from shared.fhir.refusal import Malformed, PreconditionFailed
from shared.rest.request import Pairs, pairs_of
from shared.store.search import ids
from shared.store.transaction import Transaction

_OF_THE_ANSWER = frozenset({"_format", "_pretty", "_summary", "_elements"})


def the_one(tx: Transaction, type: str, pairs: Pairs) -> str | None:
    """The id of the only resource that matches, None if none does. Raises PreconditionFailed if several do."""
    found = ids(tx, type, pairs)
    if len(found) > 1:
        raise PreconditionFailed(f"several resources match {type}?{'&'.join(f'{name}={value}' for name, value in pairs)}")
    return found[0] if found else None


def criteria_in(pairs: Pairs) -> Pairs:
    """The pairs of a query that select something. Raises Malformed where none does: it would mean every resource."""
    found = selecting(pairs)
    if not found:
        raise Malformed("a conditional form needs criteria, and there are none")
    return found


def selecting(pairs: Pairs) -> Pairs:
    """The pairs of a query that select something, without those that say how to answer."""
    return tuple(pair for pair in pairs if pair[0] not in _OF_THE_ANSWER)


def if_none_exist(header: str, type: str) -> Pairs:
    """The criteria of an `If-None-Exist`; a leading `?` or `Type?` is tolerated, and so is an unencoded `|`."""
    return criteria_in(pairs_of(header.removeprefix(type)))


def finding(tx: Transaction) -> Find:
    """How the entries of a bundle find what they name by criteria."""

    def find(type: str, query: str) -> Sequence[str]:
        return ids(tx, type, criteria_in(pairs_of(query)))

    return find
