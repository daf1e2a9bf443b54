"""With every write of a Claim for authorization: what is new in it is decided here, if its insurer's benefits are held here;
else it is sent to the payer."""

from __future__ import annotations

from typing import Any, Final

from services.coverage import ledger, routing
from services.coverage.binding import binding
from services.coverage.catalogue import plan_of
from services.coverage.days import Days
from services.coverage.deciding import why_not_in_force
from services.coverage.vocabulary import ASSERTION, COVERAGE_INFORMATION
from shared.fhir.change import Change
from shared.fhir.element import target_of
from shared.fhir.issue import Resource
from shared.store.transaction import Transaction
from shared.store.view import View

from . import clocks, sent
from .codes import APPEALS, action_of
from .deciding import Known, Verdict, appealed, decide
from .requested import Item, certification, coverage_of, facts_of, items_of, service_of
from .responding import respond, response_id
from .standing import by_sequence, cancelled, granted

PREAUTHORIZATION: Final = "preauthorization"
_GONE: Final = ("cancelled", "entered-in-error")


def answer(change: Change[Any], tx: Transaction) -> None:
    """http://hl7.org/fhir/R4/claim.html"""
    claim = change.after
    if change.deleted or claim["use"] != PREAUTHORIZATION:
        return
    if change.became("status", *_GONE):
        _withdraw(claim, tx)
    elif claim["status"] == "active":
        payer = payer_of(claim, tx)
        if payer != routing.LOCAL:
            sent.follow(change, payer, tx)
        elif _is_decided_here(claim, tx):
            _decide(change, tx)


def payer_of(claim: Resource, view: View) -> str:
    """By name the payer outside that decides, or LOCAL."""
    table = routing.routes(view)
    if not table:
        return routing.LOCAL
    coverage = view.read(*coverage_of(claim).split("/")) if coverage_of(claim) else None
    return routing.payer_for({"insurer": claim.get("insurer", {})}, coverage, table, view)


def put(claim: Resource, before: Resource | None, verdicts: dict[int, Verdict], tx: Transaction) -> Resource:
    """Store the answer with these verdicts in it; its clocks, figures and count of visits follow."""
    made = clocks.follow(claim, before, respond(claim, before, verdicts, tx.now), verdicts.values(), tx)
    saved = tx.save(made)
    if request := service_of(claim):
        ledger.recount(request, tx)
    return saved


def _decide(change: Change[Any], tx: Transaction) -> None:
    claim = change.after
    before = tx.read("ClaimResponse", response_id(claim["id"]))
    asked = _asked(change, before)
    if not asked and before:
        return
    facts = facts_of(claim)
    coverage = tx.read(*coverage_of(claim).split("/")) if coverage_of(claim) else None
    assertions = _assertions(claim, tx)
    standing = by_sequence(before) if change.before else {}
    old = items_of(change.before or {})
    verdicts = {}
    for item in asked:
        same = item.sequence in old and old[item.sequence].service == item.service
        held = granted(standing[item.sequence]) if same and item.sequence in standing else 0
        known = _known(item, coverage, assertions, facts, tx)
        verdicts[item.sequence] = appealed(item, held) if _is_appealed(change) else decide(item, known, held)
    put(claim, before, verdicts, tx)


def _asked(change: Change[Any], before: Resource | None) -> list[Item]:
    """Items that are new, or have changed, or are (no longer) cancelled; all of a request that was not in force. One that was
    denied, or waits, is not asked for again by saying the same."""
    items = items_of(change.after)
    known = by_sequence(before)
    old = items_of(change.before) if change.before and change.before["status"] == "active" else {}
    return [
        item
        for sequence, item in items.items()
        if sequence not in old
        or sequence not in known
        or old[sequence].content != item.content
        or item.cancelled != (action_of(known[sequence]) == "C")
        or (_is_appealed(change) and action_of(known[sequence]) in ("A3", "A6"))
    ]


def _is_appealed(change: Change[Any]) -> bool:
    """Whether this write contests what was decided."""
    return certification(change.after) in APPEALS and bool(change.before) and certification(change.before or {}) not in APPEALS


def _known(item: Item, coverage: Resource | None, assertions: list[str], facts: Any, view: View) -> Known:
    if coverage is None:
        return Known(facts)
    today = view.now.date()
    if why := why_not_in_force(coverage, Days(today, today)):
        return Known(facts, refusal=why.sentence)
    plan = plan_of(coverage, view)
    benefit = plan.benefit_for(item.wanted) if plan else None
    if plan and benefit is None:
        return Known(facts, refusal="The plan does not pay for this service.")
    named = f"Coverage/{coverage['id']}"
    codes = [code for _, code in item.wanted.products]
    guided = any(binding(each, named, item.wanted.service_type, codes, today, view) for each in assertions)
    return Known(facts, free=bool(benefit and not benefit.needs_authorization), guided=guided)


def _assertions(claim: Resource, view: View) -> list[str]:
    """The ids of the guidance that the request relies on: CRD's coverage-assertion-id."""
    request = view.read("ServiceRequest", service_of(claim)) if service_of(claim) else None
    return [*_said(claim), *(each for item in claim.get("item", ()) for each in _said(item)), *asserted(request or {})]


def _said(element: Resource) -> list[str]:
    return [each["valueString"] for each in element.get("extension", ()) if each["url"] == ASSERTION and "valueString" in each]


def asserted(order: Resource) -> list[str]:
    """Of an order that carries the answer of a hook: its coverage-assertion-ids."""
    return [
        part["valueString"]
        for each in order.get("extension", ())
        if each["url"] == COVERAGE_INFORMATION
        for part in each.get("extension", ())
        if part["url"] == "coverage-assertion-id" and "valueString" in part
    ]


def _withdraw(claim: Resource, tx: Transaction) -> None:
    before = tx.read("ClaimResponse", response_id(claim["id"]))
    clocks.stop(claim, tx)
    sent.withdraw(claim, tx)
    if before and before["status"] != "cancelled":
        tx.save(cancelled(before))


def _is_decided_here(claim: Resource, view: View) -> bool:
    insurer = target_of(claim.get("insurer"))
    return bool(insurer and view.search(f"InsurancePlan?owned-by={insurer}&status=active"))
