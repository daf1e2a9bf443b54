"""How an authorization stands: what its ClaimResponse says of each item. http://hl7.org/fhir/R4/claimresponse.html"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from services.coverage.ledger import APPROVED, USED
from services.coverage.vocabulary import ADJUDICATION
from shared.fhir.element import code_in
from shared.fhir.issue import Resource

from .codes import SUBMITTED, action_of, review_action

PENDED: Final = "A4"
SETTLED: Final = ("complete", "partial")
"""Outcomes of an answer in which something was decided."""


def by_sequence(answer: Mapping[str, Any] | None) -> dict[int, Resource]:
    """The items of a ClaimResponse."""
    return {each["itemSequence"]: each for each in (answer or {}).get("item", ())}


def granted(item: Mapping[str, Any]) -> int:
    """Approved visits of one item."""
    return _visits(item, APPROVED)


def used(item: Mapping[str, Any]) -> int:
    return _visits(item, USED)


def pended(answer: Mapping[str, Any]) -> list[int]:
    """The items that wait for a decision. An answer without items waits as a whole: []."""
    return [sequence for sequence, item in by_sequence(answer).items() if action_of(item) == PENDED]


def overall(actions: Iterable[str]) -> str:
    """The action of the whole: A2 is certified in part."""
    found = {action for action in actions if action != "C"}
    if not found:
        return "C"
    if PENDED in found:
        return PENDED
    if len(found) == 1:
        return found.pop()
    return "A2" if "A3" in found else "A6"


def outcome(actions: Iterable[str], before: Mapping[str, Any] | None) -> str:
    """`queued` until something is decided, `partial` while something waits, `complete`."""
    found = set(actions)
    if PENDED not in found:
        return "complete"
    decided_before = bool(before) and (before or {})["outcome"] in SETTLED
    return "partial" if decided_before or found - {PENDED, "C"} else "queued"


def reason_of(item: Mapping[str, Any]) -> str:
    """The sentence of the one who decided."""
    for each in item.get("adjudication", ()):
        if "reason" in each:
            return str(each["reason"].get("text", ""))
    return ""


def cancelled(answer: Resource) -> Resource:
    """The same, withdrawn as a whole by who asked."""
    if answer["status"] == "cancelled":
        return answer
    header = {"extension": [review_action("C")], "category": SUBMITTED}
    items = [item | {"adjudication": [_cancelled(each) for each in item["adjudication"]]} for item in answer.get("item", ())]
    return answer | {"status": "cancelled", "outcome": "complete", "adjudication": [header]} | ({"item": items} if items else {})


def word(answer: Mapping[str, Any]) -> str:
    """The review action of the whole."""
    return action_of(answer) or overall(filter(None, map(action_of, answer.get("item", ()))))


def _cancelled(adjudication: Resource) -> Resource:
    return adjudication | {"extension": [review_action("C")]} if "extension" in adjudication else adjudication


def _visits(item: Mapping[str, Any], code: str) -> int:
    return sum(
        int(float(each.get("value", 0)))
        for each in item.get("adjudication", ())
        if code_in(each["category"], ADJUDICATION) == code
    )
