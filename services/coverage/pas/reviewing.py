"""What waits is decided: by a person (`ClaimResponse/$decide`), or by the rule that says what happens when nobody does."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from shared.fhir.issue import Resource
from shared.fhir.refusal import Conflict, Unprocessable
from shared.service import Call
from shared.store.transaction import Transaction
from shared.store.version import Timer

from . import answering, clocks
from .criteria import RULES, rule_for
from .deciding import Verdict, approved, by_rule, denied
from .requested import Item, facts_of, items_of
from .responding import response_id
from .standing import by_sequence, granted, pended

OUTCOMES: Final = ("approved", "denied", "more-time")
_USUAL_DAYS: Final = 90
_MOST_DAYS: Final = 1100
REVIEWER: Final = "urn:careloom:reviewer"
"""Extension of a ClaimResponse (valueReference): the person who has decided last."""


def decide(call: Call, tx: Transaction) -> Resource:
    """Parameters `outcome` (approved, denied, more-time); `reason`, a sentence; `visits` and `days` of an approval, `days` of
    more time; `item`, its sequence (all that wait); `reviewer`, a Reference. Answers the ClaimResponse.

    Raises Conflict where nothing waits for a decision here, Unprocessable for what can't be decided.
    """
    answer = tx.read("ClaimResponse", call.id) or {}
    claim = _claim(answer, tx)
    waits = pended(answer)
    if claim is None or not waits or answer["status"] != "active" or tx.recorded(clocks.KIND, claim["id"]) is None:
        raise Conflict("nothing of it waits for a decision here")
    outcome, days = call.parameter("outcome"), _number(call, "days")
    if outcome not in OUTCOMES:
        raise Unprocessable(f"outcome is one of {', '.join(OUTCOMES)}")
    if outcome == "more-time":
        return clocks.more_time(claim, answer, timedelta(days=min(days or clocks.LONGEST_EXTENSION.days, _MOST_DAYS)), tx)
    reason = call.parameter("reason")
    if not isinstance(reason, str) or not reason.strip():
        raise Unprocessable("who decides says why: reason")
    if days is not None and not 0 < days <= _MOST_DAYS:
        raise Unprocessable(f"an authorization holds for 1 to {_MOST_DAYS} days")
    requested, standing = items_of(claim), by_sequence(answer)
    verdicts = {
        sequence: _verdict(call, requested[sequence], granted(standing[sequence]), reason, days or _USUAL_DAYS)
        for sequence in _named(call, waits)
        if sequence in requested
    }
    return answering.put(claim, _reviewed(answer, call), verdicts, tx)


def nobody_has_decided(timer: Timer, tx: Transaction) -> None:
    """The timer `authorization-ruled`: what waits is decided as its rule says for this case."""
    answer = tx.read("ClaimResponse", response_id(timer.key))
    claim = tx.read("Claim", timer.key)
    if answer is None or claim is None or claim["status"] != "active":
        return
    requested, standing, facts = items_of(claim), by_sequence(answer), facts_of(claim)
    verdicts = {}
    for sequence in filter(requested.__contains__, pended(answer)):
        rule = rule_for(requested[sequence], facts, RULES)
        if rule.then:
            verdicts[sequence] = by_rule(requested[sequence], rule.then, granted(standing[sequence]), by="time")
    if verdicts:
        answering.put(claim, answer, verdicts, tx)


def _claim(answer: Resource, tx: Transaction) -> Resource | None:
    _, _, id = answer.get("request", {}).get("reference", "").partition("/")
    return tx.read("Claim", id) if id else None


def _verdict(call: Call, item: Item, held: int, reason: str, days: int) -> Verdict:
    if call.parameter("outcome") == "denied":
        return denied(item, reason, held, by="person")
    visits = _number(call, "visits")
    if visits is not None and not 0 < visits <= item.visits:
        raise Unprocessable(f"{item.visits} visits are asked for, {visits} can't be approved")
    return approved(item, visits, days, reason, held, by="person")


def _named(call: Call, waits: list[int]) -> list[int]:
    wanted = _number(call, "item")
    if wanted is not None and wanted not in waits:
        raise Conflict(f"item {wanted} does not wait for a decision")
    return waits if wanted is None else [wanted]


def _number(call: Call, name: str) -> int | None:
    said: Any = call.parameter(name)
    if said is None:
        return None
    try:
        return int(str(said))
    except ValueError:
        raise Unprocessable(f"{name} is a whole number") from None


def _reviewed(answer: Resource, call: Call) -> Resource:
    """Who has decided stands in the answer."""
    reviewer = call.parameter("reviewer")
    if not isinstance(reviewer, dict):
        return answer
    others = [each for each in answer.get("extension", ()) if each["url"] != REVIEWER]
    return answer | {"extension": [*others, {"url": REVIEWER, "valueReference": reviewer}]}
