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
from shared.store.transaction import Transaction
from shared.store.view import View

from . import authorization, catalogue, eligibility, ledger
from .catalogue import version_of
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


def hear_answer(service: str, tx: Transaction) -> None:
    """A payer outside has answered about a ServiceRequest: what comes next for it."""
    request = tx.read("ServiceRequest", service)
    if request is not None:
        _check(request, _coverages(target_of(request["subject"]), tx), tx)


def follow_coverage(change: Change[Any], tx: Transaction) -> None:
    """With every write of a Coverage: the open services of its beneficiary."""
    if patient := target_of(change.after["beneficiary"]):
        _check_patient(patient, tx)


def follow_benefits(change: Change[Any], tx: Transaction) -> None:
    """With every write of an InsurancePlan: the open services of those whose insurer owns it."""
    catalogue.keep(change, tx)
    if payor := target_of(change.after.get("ownedBy")):
        members = {target_of(each["beneficiary"]) for each in tx.search(f"Coverage?payor={payor}&status=active")}
        for patient in sorted(filter(None, members)):
            _check_patient(patient, tx)


def in_order(coverages: Iterable[Resource]) -> list[Resource]:
    """The insurers as they pay: by `Coverage.order`, those without one last."""
    return sorted(coverages, key=lambda coverage: (coverage.get("order", 1_000), coverage["id"]))


def insurer_of(coverage: Resource) -> Resource | None:
    """The payor that is an organization; None where the patient or a relative pays."""
    payors: list[Resource] = coverage["payor"]
    return next((payor for payor in payors if target_of(payor).partition("/")[0] in ("Organization", "")), None)


def digest(request: Resource) -> str:
    """What a payer's answer depends on, as one short text: equal content has an equal digest."""
    return id_from(text.dump({name: request[name] for name in DIGESTED if name in request}).decode())


def _coverages(patient: str, view: View) -> list[Resource]:
    """Those of a patient that an insurer pays for."""
    if not patient.startswith("Patient/"):
        return []
    return in_order(filter(insurer_of, view.search(f"Coverage?beneficiary={patient}&status=active")))


def _check_patient(patient: str, tx: Transaction) -> None:
    requests = tx.search(f"ServiceRequest?patient={patient}&status={OPEN}")
    coverages = _coverages(patient, tx) if requests else []
    for request in requests:
        _check(request, coverages, tx)


def _check(request: Resource, coverages: list[Resource], tx: Transaction) -> None:
    """Ask one insurer after the other until one covers the service; ask that one for authorization if it wants to be asked."""
    if request["status"] not in OPEN.split(",") or not _is_planned(request) or not _category(request):
        return
    asked = set()
    for coverage in coverages:
        answer = _ask(request, coverage, tx)
        asked.add(answer["id"])
        if "outcome" not in answer:
            break  # a payer outside, who comes before the next one, has yet to answer
        items = [item for each in answer.get("insurance", ()) for item in each.get("item", ()) if not item["excluded"]]
        if items:
            if any(item.get("authorizationRequired") for item in items):
                authorization.ask(request, coverage, insurer_of(coverage) or {}, digest(request), tx)
            break
    _retire(request, asked, tx)
    ledger.recount(request["id"], tx)


def _ask(request: Resource, coverage: Resource, tx: Transaction) -> Resource:
    """The answer of this coverage's insurer; asked once for each content of service, coverage and benefits."""
    id = id_from("eligibility", request["id"], coverage["id"], digest(request), _state(coverage, tx))
    if tx.current("CoverageEligibilityRequest", id) is None:
        tx.create(_eligibility_request(id, request, coverage, tx))
    return _counted(eligibility.response_id(id), tx)


def _state(coverage: Resource, view: View) -> str:
    """What an answer depends on besides the service."""
    plan = version_of(coverage, view)
    benefits = [plan.id, str(plan.number)] if plan else []
    return text.dump(
        {name: coverage.get(name) for name in ("status", "period", "class", "payor")} | {"benefits": benefits}
    ).decode()


def _counted(answer: str, tx: Transaction) -> Resource:
    """An answer that holds (again)."""
    found = tx.read("CoverageEligibilityResponse", answer) or {"id": answer}
    return tx.save(found | {"status": "active"}) if found.get("status") == "cancelled" else found


def _retire(request: Resource, asked: set[str], tx: Transaction) -> None:
    """Answers that were given about the same service before no longer count."""
    for answer in tx.search(f"CoverageEligibilityResponse?identifier={SERVICE}|{request['id']}&status=active"):
        if answer["id"] not in asked:
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
        "insurer": insurer_of(coverage),
        "insurance": [{"focal": True, "coverage": reference_to(coverage)}],
        "item": [item],
    }


def _is_planned(request: Resource) -> bool:
    return bool(targets_of(request.get("basedOn"), "CarePlan"))


def _category(request: Resource) -> Resource | None:
    return next((each for each in request.get("category", ()) if code_in(each, SERVICE_TYPE)), None)
