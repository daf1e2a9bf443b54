"""Live coverage of a plan: every service of it is checked when it, or a coverage of its patient, is new or has changed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from shared.events.event import Event
from shared.fhir import text
from shared.fhir.change import Change
from shared.fhir.element import code_in, reference_to, target_of, targets_of
from shared.fhir.issue import Resource
from shared.kernel.ids import id_from
from shared.store.transaction import Transaction, View

from . import authorization, eligibility
from .vocabulary import SERVICE, SERVICE_TYPE

OPEN = "draft,active,on-hold"
DIGESTED = ("category", "code", "quantityQuantity", "occurrenceTiming", "performerType", "performer")
"""The elements of a ServiceRequest that a payer's answer depends on."""


def hear_request(event: Event, tx: Transaction) -> None:
    """Any news of a ServiceRequest."""
    request = tx.read("ServiceRequest", event.subject)
    if request is not None:
        _check(request, _coverages(target_of(request["subject"]), tx), tx)


def hear_plan(event: Event, tx: Transaction) -> None:
    """Any news of a CarePlan: its services, as far as they are known by now."""
    plan = tx.read("CarePlan", event.subject)
    if plan is None:
        return
    coverages = _coverages(target_of(plan["subject"]), tx)
    for id in targets_of((activity.get("reference", {}) for activity in plan.get("activity", ())), "ServiceRequest"):
        if (request := tx.read("ServiceRequest", id)) is not None:
            _check(request, coverages, tx)


def follow_coverage(change: Change[Any], tx: Transaction) -> None:
    """With every write of a Coverage: the open services of its beneficiary."""
    patient = target_of(change.after["beneficiary"])
    if not patient:
        return
    coverages = _coverages(patient, tx)
    for request in tx.search(f"ServiceRequest?patient={patient}&status={OPEN}&_count=1000"):
        _check(request, coverages, tx)


def in_order(coverages: Iterable[Resource]) -> list[Resource]:
    """The insurers as they pay: by `Coverage.order`, those without one last."""
    return sorted(coverages, key=lambda coverage: (coverage.get("order", 1_000), coverage["id"]))


def digest(request: Resource) -> str:
    """What a payer's answer depends on, as one short text: equal content has an equal digest."""
    return id_from(text.dump({name: request[name] for name in DIGESTED if name in request}).decode())


def _coverages(patient: str, view: View) -> list[Resource]:
    return in_order(view.search(f"Coverage?beneficiary={patient}&status=active"))


def _check(request: Resource, coverages: list[Resource], tx: Transaction) -> None:
    """Ask one insurer after the other until one covers the service; ask that one for authorization if it wants to be asked."""
    if request["status"] not in OPEN.split(",") or not request.get("basedOn") or not _category(request):
        return
    for coverage in coverages:
        answer = _ask(request, coverage, tx)
        items = [item for each in answer.get("insurance", ()) for item in each.get("item", ()) if not item["excluded"]]
        if items:
            if any(item.get("authorizationRequired") for item in items):
                authorization.ask(request, coverage, digest(request), tx)
            return


def _ask(request: Resource, coverage: Resource, tx: Transaction) -> Resource:
    """The answer of this coverage's insurer; asked once for each content of the service and of the coverage."""
    state = id_from(text.dump({name: coverage.get(name) for name in ("status", "period", "class", "payor")}).decode())
    id = id_from("eligibility", request["id"], coverage["id"], digest(request), state)
    if tx.current("CoverageEligibilityRequest", id) is None:
        _retire(request, coverage, tx)
        tx.create(_eligibility_request(id, request, coverage, tx))
    return tx.read("CoverageEligibilityResponse", eligibility.response_id(id)) or {}


def _retire(request: Resource, coverage: Resource, tx: Transaction) -> None:
    """Earlier answers of the same insurer about the same service no longer count."""
    for answer in tx.search(f"CoverageEligibilityResponse?identifier={SERVICE}|{request['id']}&status=active"):
        about = [target_of(each["coverage"]) for each in answer.get("insurance", ())]
        if f"Coverage/{coverage['id']}" in about or not about:
            tx.save(answer | {"status": "cancelled"})


def _eligibility_request(id: str, request: Resource, coverage: Resource, tx: Transaction) -> Resource:
    item = {"category": _category(request)}
    if "quantityQuantity" in request:
        item["quantity"] = request["quantityQuantity"]
    return {
        "resourceType": "CoverageEligibilityRequest",
        "id": id,
        "identifier": [{"system": SERVICE, "value": request["id"]}],
        "status": "active",
        "purpose": ["auth-requirements", "benefits"],
        "patient": request["subject"],
        "servicedDate": tx.now.date().isoformat(),
        "created": text.instant(tx.now),
        "insurer": coverage["payor"][0],
        "insurance": [{"focal": True, "coverage": reference_to(coverage)}],
        "item": [item],
    }


def _category(request: Resource) -> Resource | None:
    return next((each for each in request.get("category", ()) if code_in(each, SERVICE_TYPE)), None)
