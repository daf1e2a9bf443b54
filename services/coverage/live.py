"""Live coverage of a plan: every service of it is checked when it, a coverage of its patient or an authorization is new or has
changed, and when one of them begins or ends by its date."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from shared.events.event import Event
from shared.fhir import text
from shared.fhir.change import Change
from shared.fhir.element import code_in, identifier, reference_to, target_of, targets_of
from shared.fhir.issue import Resource
from shared.kernel.ids import id_from
from shared.store.transaction import Transaction
from shared.store.version import Timer
from shared.store.view import View

from . import authorization, catalogue, eligibility, ledger, turning
from .catalogue import version_of
from .renewing import OVER, stands
from .vocabulary import DIGEST, SERVICE, SERVICE_TYPE

OPEN = "draft,active,on-hold"
DIGESTED = ("category", "code", "quantityQuantity", "occurrenceTiming", "performerType", "performer")
"""The elements of a ServiceRequest that a payer's answer depends on. Its status comes beside: what begins is checked again, but
not authorized again."""


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
    """With every write of a Coverage: the open services of its beneficiary, and of who was that before."""
    turning.watch(change.after, tx, gone=change.deleted)
    for patient in sorted({target_of(each["beneficiary"]) for each in (change.before or change.after, change.after)}):
        _check_patient(patient, tx)


def coverage_turns(timer: Timer, tx: Transaction) -> None:
    """The timer `turning.TURNS`: a coverage or its plan year begins or ends today."""
    coverage = tx.read("Coverage", timer.key)
    if coverage is not None:
        turning.watch(coverage, tx)
        _check_patient(target_of(coverage["beneficiary"]), tx)


def follow_authorization(change: Change[Any], tx: Transaction) -> None:
    """With every write of a ClaimResponse: what is counted on it; with one that is over, its service."""
    ledger.follow_authorization(change, tx)
    if stands(change.after) in OVER and stands(change.before or {}) not in OVER:
        hear_answer(identifier(change.after, SERVICE) or "", tx)


def authorization_turns(timer: Timer, tx: Transaction) -> None:
    """The timer `renewing.TURNS`: an authorization runs out or ends by its date."""
    answer = tx.read("ClaimResponse", timer.key)
    if answer and (request := identifier(answer, SERVICE)):
        ledger.recount(request, tx)


def follow_benefits(change: Change[Any], tx: Transaction) -> None:
    """With every write of an InsurancePlan: the open services of those whose insurer owns it."""
    catalogue.keep(change, tx)
    if payor := target_of(change.after.get("ownedBy")):
        coverages = tx.search(f"Coverage?payor={payor}&status=active")
        for coverage in coverages:
            turning.watch(coverage, tx)
        for patient in sorted({target_of(each["beneficiary"]) for each in coverages}):
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
    active = (each for each in view.naming("Coverage", "beneficiary", patient) if each["status"] == "active")
    return in_order(filter(insurer_of, active))


def _check_patient(patient: str, tx: Transaction) -> None:
    if not patient:
        return
    requests = tx.search(f"ServiceRequest?patient={patient}&status={OPEN}")
    coverages = _coverages(patient, tx) if requests else []
    for request in requests:
        _check(request, coverages, tx)


def _check(request: Resource, coverages: list[Resource], tx: Transaction) -> None:
    """Ask one insurer after the other until one covers the service; ask that one for authorization if it wants to be asked."""
    if request["status"] not in OPEN.split(",") or not _category(request) or not _is_planned(request, tx):
        return
    asked, over = set(), _over(request, tx)
    for coverage in coverages:
        answer = _ask(request, coverage, over, tx)
        asked.add(answer["id"])
        if "outcome" not in answer:  # a payer outside, who comes before the next one, has yet to answer
            asked |= _still_true(request, coverages, tx)
            break
        items = [item for each in answer.get("insurance", ()) for item in each.get("item", ()) if not item["excluded"]]
        if items:
            if any(item.get("authorizationRequired") for item in items):
                authorization.ask(request, coverage, insurer_of(coverage) or {}, digest(request), tx)
            break
    _retire(request, asked, tx)
    ledger.recount(request["id"], tx)


def _over(request: Resource, view: View) -> str:
    """The authorizations of a service that are used up or have expired: with each, its insurers are asked again."""
    answers = view.search(f"ClaimResponse?identifier={SERVICE}|{request['id']}&status=active&use=preauthorization")
    return " ".join(sorted(answer["id"] for answer in answers if stands(answer) in OVER))


def _still_true(request: Resource, coverages: list[Resource], view: View) -> set[str]:
    """While a payer is asked again, what was answered before about the same content, under coverages that are there still."""
    named = {f"Coverage/{coverage['id']}" for coverage in coverages}
    answers = view.search(f"CoverageEligibilityResponse?identifier={SERVICE}|{request['id']}&status=active")
    same = [answer for answer in answers if identifier(answer, DIGEST) == digest(request)]
    return {answer["id"] for answer in same if named.issuperset(target_of(each["coverage"]) for each in _insurances(answer))}


def _insurances(answer: Resource) -> list[Resource]:
    return list(answer.get("insurance", ()))


def _ask(request: Resource, coverage: Resource, over: str, tx: Transaction) -> Resource:
    """The answer of this coverage's insurer; asked once for each content and status of the service, coverage and benefits."""
    content = (digest(request), request["status"], over, _state(coverage, tx))
    id = id_from("eligibility", request["id"], coverage["id"], *content)
    if tx.current("CoverageEligibilityRequest", id) is None:
        tx.create(_eligibility_request(id, request, coverage, tx))
    return _counted(eligibility.response_id(id), tx)


def _state(coverage: Resource, view: View) -> str:
    """What an answer depends on besides the service."""
    plan = version_of(coverage, view)
    benefits = [plan.id, str(plan.number)] if plan else []
    said = {name: coverage.get(name) for name in ("status", "period", "class", "payor")}
    return text.dump(said | {"benefits": benefits, "today": turning.today(coverage, view)}).decode()


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
        "identifier": [{"system": SERVICE, "value": request["id"]}, {"system": DIGEST, "value": digest(request)}],
        "status": "active",
        "purpose": ["auth-requirements", "benefits"],
        "patient": coverage["beneficiary"],  # whom the service names by now, or will once a merge has reached it
        "servicedDate": tx.now.date().isoformat(),
        "created": text.instant(tx.now),
        "insurer": insurer_of(coverage),
        "insurance": [{"focal": True, "coverage": reference_to(coverage)}],
        "item": [item],
    }


def _is_planned(request: Resource, view: View) -> bool:
    """Whether it says that it is based on a plan, or a plan says that it is an activity of it."""
    based_on = targets_of(request.get("basedOn"), "CarePlan")
    return bool(based_on or view.search(f"CarePlan?activity-reference=ServiceRequest/{request['id']}"))


def _category(request: Resource) -> Resource | None:
    return next((each for each in request.get("category", ()) if code_in(each, SERVICE_TYPE)), None)
