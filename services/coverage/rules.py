"""What must hold of coverages, requests to payers and their answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from shared.fhir.change import Change
from shared.fhir.issue import Issue
from shared.fhir.lifecycle import Moves, illegal_moves
from shared.fhir.types import ClaimResponse

NOTHING: frozenset[str] = frozenset()

FINANCIAL_MAY_BECOME: Moves = {"entered-in-error": NOTHING}
"""http://hl7.org/fhir/R4/valueset-fm-status.html"""


def what_was_a_mistake_stays_one(change: Change[Any]) -> Iterator[Issue]:
    yield from illegal_moves(change, FINANCIAL_MAY_BECOME)


def a_decision_is_not_taken_back_to_waiting(change: Change[ClaimResponse]) -> Iterator[Issue]:
    if change.before and change.before["outcome"] == "complete" and change.after["outcome"] == "queued":
        yield Issue("a decision that was made cannot wait again", "ClaimResponse.outcome")


COVERAGE = (what_was_a_mistake_stays_one,)
CLAIM = (what_was_a_mistake_stays_one,)
CLAIM_RESPONSE = (what_was_a_mistake_stays_one, a_decision_is_not_taken_back_to_waiting)
REQUEST = (what_was_a_mistake_stays_one,)
