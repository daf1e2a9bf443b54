"""What a payer outside has said of a request of ours: read, tried whether it is about it, and kept as our ClaimResponse."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from services.coverage import ledger
from services.coverage.asked import person_of
from services.coverage.days import ALWAYS, period_of
from services.coverage.deciding import differs
from services.coverage.vocabulary import ADJUDICATION, TRACE
from shared.fhir.element import code_in, identifier, target_of
from shared.fhir.issue import Resource
from shared.store.transaction import Transaction
from shared.store.view import View

from .codes import Action, action_of
from .deciding import Verdict
from .requested import Item, items_of, service_of
from .responding import respond, response_id, waiting
from .standing import PENDED, by_sequence, granted, pended, reason_of

_MEANS: Final[Mapping[str, Action]] = {
    "A1": "A1",
    "A2": "A6",
    "A3": "A3",
    "A4": "A4",
    "A6": "A6",
    "C": "C",
    "CT": "A4",
    "NA": "A1",
}
"""Review actions (X12 306) of an item, as ours: `contact payer` waits, `no action required` is granted."""

_KEPT: Final = ("preAuthRef", "preAuthPeriod")


def answers_in(said: Resource) -> list[tuple[Resource, list[Resource]]]:
    """The ClaimResponses of a bundle, or of Parameters with bundles, each with what came with it."""
    bundles = [said] if said["resourceType"] == "Bundle" else [each.get("resource", {}) for each in said.get("parameter", ())]
    found = [[each["resource"] for each in bundle.get("entry", ()) if "resource" in each] for bundle in bundles]
    return [(first, rest) for first, *rest in filter(None, found) if first["resourceType"] == "ClaimResponse"]


def is_about(answer: Resource, others: list[Resource], claim: Resource, view: View) -> bool:
    """Whether it names our request, and nobody else's patient."""
    if identifier({"identifier": answer.get("request", {}).get("identifier", ())}, TRACE) != claim["id"]:
        return False
    known = target_of(claim["patient"])
    ours = (view.read(*known.split("/")) if known else None) or {}
    patients = [each for each in others if each["resourceType"] == "Patient"]
    return not any(differs(person_of(ours), person_of(each)) for each in patients)


def hear(claim: Resource, answer: Resource, tx: Transaction) -> bool:
    """Keep it; whether it is decided."""
    before = tx.read("ClaimResponse", response_id(claim["id"]))
    if answer["outcome"] == "error":
        refused(claim, _sentence(answer), tx)
        return True
    made = respond(claim, before, _verdicts(claim, answer, by_sequence(before), tx.now), tx.now)
    made |= {name: answer[name] for name in _KEPT if name in answer and name in made}
    tx.save(made)
    if request := service_of(claim):
        ledger.recount(request, tx)
    return not pended(made)


def refused(claim: Resource, sentence: str, tx: Transaction) -> None:
    """The payer does not decide: somebody has to hear why."""
    tx.save(waiting(claim, sentence, tx.now) | {"outcome": "error", "error": [{"code": {"text": sentence}}]})


def in_vain(claim: Resource, sentence: str, tx: Transaction) -> None:
    """What the answer says while the payer can't be reached."""
    before = tx.read("ClaimResponse", response_id(claim["id"]))
    if before and before["outcome"] == "queued":
        tx.save(before | {"disposition": sentence})


def _verdicts(claim: Resource, answer: Resource, known: Mapping[int, Resource], now: datetime) -> dict[int, Verdict]:
    told, requested = by_sequence(answer), items_of(claim)
    header = action_of(answer)
    return {
        sequence: _verdict(item, told.get(sequence, {}), header, answer, granted(known.get(sequence, {})), now)
        for sequence, item in requested.items()
    }


def _verdict(item: Item, said: Resource, header: str, answer: Resource, held: int, now: datetime) -> Verdict:
    action = _MEANS.get(action_of(said) or header, PENDED if answer["outcome"] != "complete" else "A3")
    reason = reason_of(said) or next(_notes(said, answer), "") or answer.get("disposition", "") or "As the payer has decided."
    visits = {"A1": item.visits, "A3": 0, "C": 0, "A4": held}.get(action)
    if visits is None:
        visits = min(item.visits, _modified(item, said, answer))
    last = period_of(answer.get("preAuthPeriod")).last
    days = 0 if last == ALWAYS.last else max(0, (last - now.date()).days)
    return Verdict(action, visits, days, reason, "payer")


def _modified(item: Item, said: Resource, answer: Resource) -> int:
    """How many visits stand in the place of those that were asked for."""
    for each in said.get("adjudication", ()):
        if code_in(each["category"], ADJUDICATION) == ledger.APPROVED:
            return int(float(each.get("value", 0)))
    added = [each for each in answer.get("addItem", ()) if item.sequence in each.get("itemSequence", ())]
    return sum(int(float(each.get("quantity", {}).get("value", 0))) for each in added)


def _notes(said: Mapping[str, Any], answer: Mapping[str, Any]) -> Iterator[str]:
    for note in answer.get("processNote", ()):
        if note.get("number") in said.get("noteNumber", ()):
            yield note["text"]


def _sentence(answer: Resource) -> str:
    errors = [each["code"].get("text", "") for each in answer.get("error", ())]
    return answer.get("disposition") or " ".join(filter(None, errors)) or "The payer could not decide; call the payer."
