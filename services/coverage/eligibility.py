"""A payer's answer from the benefits that are held here, in the same unit of work as the request.

http://hl7.org/fhir/R4/coverageeligibilityrequest.html
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from shared.fhir import text
from shared.fhir.change import Change
from shared.fhir.element import code_in, concept, reference_to, target_of
from shared.fhir.issue import Resource
from shared.kernel.ids import id_from
from shared.store.transaction import Transaction
from shared.store.view import View

from .benefits import NOT_COVERED, Benefit, benefit_for, in_force
from .vocabulary import BENEFIT, PLAN_CLASS, SERVICE_TYPE


def answer(change: Change[Any], tx: Transaction) -> None:
    """With every write of a request: one that is (made) active has its response committed with it."""
    if not change.deleted and change.became("status", "active"):
        tx.save(respond(change.after, tx))


def respond(request: Resource, tx: Transaction) -> Resource:
    """The CoverageEligibilityResponse; what the payer can't serve is an answer too, with `outcome` error."""
    response: Resource = {
        "resourceType": "CoverageEligibilityResponse",
        "id": response_id(request["id"]),
        "identifier": request.get("identifier"),
        "status": "active",
        "purpose": request["purpose"],
        "patient": request["patient"],
        "servicedDate": _day(request, tx).isoformat(),
        "created": text.instant(tx.now),
        "request": reference_to(request),
        "insurer": request["insurer"],
    }
    insurances = [found for each in request.get("insurance", ()) if (found := _insurance(each, request, tx))]
    if insurances:
        told = {"outcome": "complete", "insurance": insurances, "disposition": _sentence(insurances)}
    else:
        told = {"outcome": "error", **_cannot_say(request, tx)}
    return {name: value for name, value in (response | told).items() if value is not None}


def response_id(request: str) -> str:
    return id_from("eligibility-response", request)


def plan_of(coverage: Resource, view: View) -> Resource | None:
    """The InsurancePlan of a Coverage: of its payor, and the one that its class `plan` names if there are several."""
    named = {each["value"] for each in coverage.get("class", ()) if code_in(each["type"], PLAN_CLASS) == "plan"}
    for payor in map(target_of, coverage.get("payor", ())):
        plans = view.search(f"InsurancePlan?owned-by={payor}&status=active") if payor else []
        for plan in plans:
            if named & {each.get("value") for each in plan.get("identifier", ())}:
                return plan
        if plans and not named:
            return plans[0]
    return None


def _insurance(insurance: Resource, request: Resource, tx: Transaction) -> Resource | None:
    """None where no benefits are held for this coverage."""
    target = target_of(insurance["coverage"])
    coverage = tx.read(*target.split("/")) if target else None
    plan = plan_of(coverage, tx) if coverage else None
    if coverage is None or plan is None:
        return None
    lasts = in_force(coverage, _day(request, tx))
    items = [_item(each, plan if lasts else None) for each in _asked(request)]
    found: Resource = {"coverage": insurance["coverage"], "inforce": lasts, "item": items}
    return found if items else {"coverage": insurance["coverage"], "inforce": lasts}


def _asked(request: Resource) -> Iterator[Resource]:
    """The items with a category; a request without items asks for the plan."""
    items = request.get("item") or ({"category": concept(SERVICE_TYPE, "30")},)
    yield from (item["category"] for item in items if "category" in item)


def _item(category: Resource, plan: Resource | None) -> Resource:
    code = code_in(category, SERVICE_TYPE) or ""
    whole_plan = code == "30" and plan is not None
    found = Benefit(covered=True) if whole_plan else benefit_for(code, plan) if plan else NOT_COVERED
    item: Resource = {"category": category, "excluded": not found.covered}
    if found.covered:
        item["authorizationRequired"] = found.needs_authorization
    if found.limit is not None:
        item["benefit"] = [{"type": concept(BENEFIT, "visits"), "allowedUnsignedInt": found.limit}]
    if found.requirement:
        item["description"] = found.requirement
    return item


def _sentence(insurances: list[Resource]) -> str:
    """What comes next and who must act."""
    items = [item for each in insurances for item in each.get("item", ())]
    if not any(each["inforce"] for each in insurances):
        return "The coverage is not in force on that day; ask the patient for another one."
    if items and all(item["excluded"] for item in items):
        return "The plan does not cover this service; the case manager looks for another payer or service."
    if any(item.get("authorizationRequired") for item in items):
        return "Covered after prior authorization, which the provider requests."
    return "Covered; nothing more has to be done."


def _cannot_say(request: Resource, tx: Transaction) -> dict[str, Any]:
    known = any(
        tx.current(*target.split("/")) for each in request.get("insurance", ()) if (target := target_of(each["coverage"]))
    )
    sentence = (
        "No benefits of this payer are held here; call the payer."
        if known
        else "This coverage is not known; ask the patient for the insurance card."
    )
    error = {"code": {"text": "payer cannot answer" if known else "coverage not known"}}
    return {"disposition": sentence, "error": [error]}


def _day(request: Resource, tx: Transaction) -> date:
    said = request.get("servicedDate") or request.get("servicedPeriod", {}).get("start", "")
    return date.fromisoformat(said[:10]) if len(said) >= len("2026-01-01") else tx.now.date()
