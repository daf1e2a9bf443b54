"""Prior authorization: asked with a Claim, decided by rules that are data, answered with a ClaimResponse."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from shared.fhir import text
from shared.fhir.change import Change
from shared.fhir.element import code_in, concept, identifier, reference_to, target_of
from shared.fhir.issue import Resource
from shared.kernel.ids import id_from
from shared.store.transaction import Transaction
from shared.store.view import View

from . import ledger
from .vocabulary import ADJUDICATION, DIGEST, SERVICE, SERVICE_TYPE

RULES: tuple[Mapping[str, Any], ...] = tuple(
    json.loads(Path(__file__).with_name("authorization_rules.json").read_text(encoding="utf-8"))
)
"""`category` (`*`: any), `decision` approve, deny or pend, `visits`, `days`, `reason`; the first that fits decides."""

PROVIDERS = ("Practitioner", "PractitionerRole", "Organization")

OUTCOME: Mapping[str, str] = {"approve": "complete", "deny": "complete", "pend": "queued"}


@dataclass(frozen=True, slots=True)
class Decision:
    """`visits` and `days` of an approval; 0 otherwise."""

    outcome: str
    visits: int
    days: int
    reason: str


def decide(category: str, wanted: int, rules: tuple[Mapping[str, Any], ...] = RULES) -> Decision:
    """The decision on so many visits of an X12 service type: never more than were asked for."""
    rule = next(rule for rule in rules if rule["category"] in (category, "*"))
    visits = min(int(rule.get("visits", 0)), wanted) if rule["decision"] == "approve" else 0
    return Decision(OUTCOME[rule["decision"]], visits, int(rule.get("days", 0)), rule["reason"])


def ask(request: Resource, coverage: Resource, insurer: Resource, digest: str, tx: Transaction) -> None:
    """Ask once for each content of a service; the answer comes with it (`answer`)."""
    id = id_from("authorization", request["id"], coverage["id"], digest)
    if tx.current("Claim", id) is None:
        _withdraw(request, tx)
        tx.create(_claim(id, request, coverage, insurer, tx) | {"identifier": [{"system": DIGEST, "value": digest}]})


def answer(change: Change[Any], tx: Transaction) -> None:
    """With every write of a Claim: a preauthorization that is (made) active is decided, if its insurer's benefits are held
    here. What another payer decides comes from there."""
    claim = change.after
    if change.deleted or claim["use"] != "preauthorization" or not change.became("status", "active"):
        return
    if not _is_decided_here(claim, tx):
        return
    tx.save(_response(claim, tx))
    if request := _service(claim):
        ledger.recount(request, tx)


def _is_decided_here(claim: Resource, view: View) -> bool:
    insurer = target_of(claim.get("insurer"))
    return bool(insurer and view.search(f"InsurancePlan?owned-by={insurer}&status=active"))


def _withdraw(request: Resource, tx: Transaction) -> None:
    """What was asked for the service as it was before, unless visits were already held on it."""
    for answer in tx.search(f"ClaimResponse?identifier={SERVICE}|{request['id']}&status=active"):
        claim = tx.read(*target_of(answer["request"]).split("/"))
        if claim and identifier(claim, DIGEST) and not ledger.visits(answer, ledger.USED):
            tx.save(claim | {"status": "cancelled"})
            tx.save(answer | {"status": "cancelled"})


def _response(claim: Resource, tx: Transaction) -> Resource:
    item: Resource = next(iter(claim.get("item", ())), {})
    wanted = int(float(item.get("quantity", {}).get("value", 1)))
    decision = decide(code_in(item.get("category"), SERVICE_TYPE) or "", wanted)
    response: Resource = {
        "resourceType": "ClaimResponse",
        "id": id_from("authorization-response", claim["id"]),
        "status": "active",
        "type": claim["type"],
        "use": "preauthorization",
        "patient": claim["patient"],
        "created": text.instant(tx.now),
        "insurer": claim.get("insurer", {"display": "insurer not named"}),
        "requestor": claim["provider"],
        "request": reference_to(claim),
        "outcome": decision.outcome,
        "disposition": decision.reason,
    }
    if request := _service(claim):
        response["identifier"] = [{"system": SERVICE, "value": request}]
    if decision.outcome == "queued":
        return response
    approved = {"category": concept(ADJUDICATION, "approved-visits"), "value": decision.visits}
    response["item"] = [{"itemSequence": item.get("sequence", 1), "adjudication": [approved]}]
    if decision.visits:
        end = tx.now + timedelta(days=decision.days)
        response["preAuthRef"] = f"PA-{response['id'][:8].upper()}"
        response["preAuthPeriod"] = {"start": text.instant(tx.now), "end": text.instant(end)}
    return response


def _claim(id: str, request: Resource, coverage: Resource, insurer: Resource, tx: Transaction) -> Resource:
    item: Resource = {
        "sequence": 1,
        "category": next(each for each in request["category"] if code_in(each, SERVICE_TYPE)),
        "productOrService": request.get("code", {"text": "service"}),
        "quantity": request.get("quantityQuantity", {"value": 1}),
    }
    return {
        "resourceType": "Claim",
        "id": id,
        "status": "active",
        "type": concept("http://terminology.hl7.org/CodeSystem/claim-type", "professional"),
        "use": "preauthorization",
        "patient": request["subject"],
        "created": text.instant(tx.now),
        "insurer": insurer,
        "provider": _provider(request),
        "priority": concept("http://terminology.hl7.org/CodeSystem/processpriority", "normal"),
        "referral": reference_to(request),
        "insurance": [{"sequence": 1, "focal": True, "coverage": reference_to(coverage)}],
        "item": [item],
    }


def _provider(request: Resource) -> Resource:
    """Who asked for the service, where that is somebody who can make a claim."""
    requester: Resource = request.get("requester", {})
    return requester if target_of(requester).partition("/")[0] in PROVIDERS else {"display": "case management"}


def _service(claim: Resource) -> str:
    """The id of the ServiceRequest that a Claim is for; "" if it names none."""
    type, _, id = target_of(claim.get("referral")).partition("/")
    return id if type == "ServiceRequest" else ""
