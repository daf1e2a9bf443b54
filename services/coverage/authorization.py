"""A plan's activity as a request for authorization: a Claim for each content of it. What is answered: `pas`."""

from __future__ import annotations

from shared.fhir import text
from shared.fhir.element import code_in, concept, extension, identifier, reference_to, target_of
from shared.fhir.issue import Resource
from shared.kernel.ids import id_from
from shared.store.transaction import Transaction

from . import ledger
from .vocabulary import DIGEST, SERVICE, SERVICE_TYPE, SUPERSEDED, TRACE

PROVIDERS = ("Practitioner", "PractitionerRole", "Organization")


def ask(request: Resource, coverage: Resource, insurer: Resource, digest: str, tx: Transaction) -> None:
    """Ask once for each content of a service; the answer comes with it (`pas.answering`), or from the payer outside."""
    id = id_from("authorization", request["id"], coverage["id"], digest)
    known = tx.read("Claim", id)
    if known is None or extension(known, SUPERSEDED):
        _withdraw(request, tx)
        made = _claim(id, request, coverage, insurer, tx)
        tx.create(made | {"identifier": [{"system": DIGEST, "value": digest}, {"system": TRACE, "value": id}]})


def _withdraw(request: Resource, tx: Transaction) -> None:
    """What was asked for the service as it was before, unless visits were already held on it."""
    for answer in tx.search(f"ClaimResponse?identifier={SERVICE}|{request['id']}&status=active"):
        claim = tx.read(*target_of(answer["request"]).split("/"))
        if claim and identifier(claim, DIGEST) and not ledger.visits(answer, ledger.USED):
            tx.save(claim | {"status": "cancelled", "extension": [{"url": SUPERSEDED, "valueBoolean": True}]})


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
