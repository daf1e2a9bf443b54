"""Calls of hooks for tests: legal and ordinary, but for what a test turns."""

from __future__ import annotations

from typing import Any

from tests.services.building import Resource, a_coverage, a_patient, a_service

CPT = "http://www.ama-assn.org/go/cpt"
INSTANCE = "d5a80646-7ef5-4edf-ade9-72407ca28c76"


def an_order(category: str = "PT", id: str = "order", **elements: Any) -> Resource:
    """A draft of the clinic, for its own patient."""
    own = {"id": id, "status": "draft", "intent": "order", "subject": {"reference": "Patient/theirs"}}
    drop = ("basedOn", "occurrenceTiming", "requester")
    return {name: each for name, each in a_service(category).items() if name not in drop} | own | elements


def a_card(number: str = "NS-4471", **elements: Any) -> Resource:
    payor = [{"reference": "Organization/northstar", "display": "Northstar Health"}]
    own = {"id": "card", "beneficiary": {"reference": "Patient/theirs"}, "subscriberId": number, "payor": payor}
    return a_coverage() | own | elements


def a_person(**elements: Any) -> Resource:
    return a_patient(id="theirs", name=[{"family": "Lindqvist", "given": ["River"]}], birthDate="1979-03-12") | elements


def bundle(*resources: Resource) -> Resource:
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": each} for each in resources]}


def a_call(*orders: Resource, hook: str = "order-sign", **turned: Any) -> dict[str, Any]:
    """`context` and `prefetch` given are merged into the usual ones."""
    context: dict[str, Any] = {
        "userId": "Practitioner/ann",
        "patientId": "theirs",
        "draftOrders": bundle(*(orders or (an_order(),))),
    }
    prefetch: dict[str, Any] = {"patient": a_person(), "coverage": bundle(a_card())}
    said = {"hook": hook, "hookInstance": INSTANCE, "fhirServer": "http://clinic.example/fhir"}
    return {
        **said,
        **{name: each for name, each in turned.items() if name not in ("context", "prefetch")},
        "context": context | turned.get("context", {}),
        "prefetch": prefetch | turned.get("prefetch", {}),
    }
