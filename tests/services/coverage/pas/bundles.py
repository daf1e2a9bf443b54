"""PAS bundles as a practice outside sends them: ordinary, but for what a test turns."""

from __future__ import annotations

from typing import Any

from shared.fhir import gate
from shared.fhir.element import concept
from shared.fhir.issue import Resource
from tests.services.building import X12
from tests.services.town import Running

PAS = "http://hl7.org/fhir/us/davinci-pas/StructureDefinition/"
ACTIONS = "https://codesystem.x12.org/005010/306"
CERTIFICATION = f"{PAS}extension-certificationType"
NPI = "http://hl7.org/fhir/sid/us-npi"
AT = "https://practice.example/fhir"
OURS = "urn:practice:requests"
ALWAYS: dict[str, Any] = {"period": {"start": "2020-01-01"}, "subscriberId": "N1"}
"""Of a Coverage that is in force on any day."""


def an_item(category: str = "MH", visits: int = 8, sequence: int = 1, *, cancelled: bool = False, **elements: Any) -> Resource:
    made: Resource = {
        "sequence": sequence,
        "category": concept(X12, category),
        "productOrService": concept("http://www.ama-assn.org/go/cpt", "90834"),
        "quantity": {"value": visits},
    }
    if cancelled:
        made["modifierExtension"] = [{"url": f"{PAS}modifierextension-infoCancelled", "valueBoolean": True}]
        made["extension"] = [certified("3")]
    return made | elements


def certified(code: str) -> Resource:
    return {"url": CERTIFICATION, "valueCodeableConcept": concept("https://codesystem.x12.org/005010/1322", code)}


def a_request(*items: Resource, number: str = "r-1", priority: str = "normal", **elements: Any) -> Resource:
    made = {
        "resourceType": "Claim",
        "id": "theirs",
        "identifier": [{"system": OURS, "value": number}],
        "status": "active",
        "type": concept("http://terminology.hl7.org/CodeSystem/claim-type", "professional"),
        "use": "preauthorization",
        "patient": {"reference": "Patient/p"},
        "created": "2026-05-11",
        "insurer": {"reference": "Organization/insurer"},
        "provider": {"reference": "Organization/clinic"},
        "priority": concept("http://terminology.hl7.org/CodeSystem/processpriority", priority),
        "insurance": [{"sequence": 1, "focal": True, "coverage": {"reference": "Coverage/card"}}],
        "item": list(items or (an_item(),)),
    }
    return {name: value for name, value in (made | elements).items() if value}


def an_update(*items: Resource, of: str = "r-1", number: str = "r-1-changed", **elements: Any) -> Resource:
    related = [{"claim": {"identifier": {"system": OURS, "value": of}}}]
    return a_request(*items, number=number, related=related) | elements


def a_bundle(
    claim: Resource,
    *,
    member: str = "N1",
    family: str = "Lindqvist",
    bundle: str = "",
    npi: str = "1999999984",
    **others: Resource,
) -> Resource:
    """The Claim, its patient, card, insurer and clinic."""
    resources = [
        claim,
        {"resourceType": "Patient", "id": "p", "name": [{"family": family}], "birthDate": "1990-04-02"},
        {
            "resourceType": "Coverage",
            "id": "card",
            "status": "active",
            "subscriberId": member,
            "beneficiary": {"reference": "Patient/p"},
            "payor": [{"reference": "Organization/insurer"}],
        },
        {"resourceType": "Organization", "id": "insurer", "name": "Northstar", "identifier": [{"system": NPI, "value": "1"}]},
        {"resourceType": "Organization", "id": "clinic", "name": "Clinic", "identifier": [{"system": NPI, "value": npi}]},
        *others.values(),
    ]
    made: Resource = {
        "resourceType": "Bundle",
        "type": "collection",
        "timestamp": "2026-05-11T13:00:00Z",
        "entry": [{"fullUrl": f"{AT}/{each['resourceType']}/{each['id']}", "resource": each} for each in resources],
    }
    return made | ({"identifier": {"system": "urn:practice:bundles", "value": bundle}} if bundle else {})


async def submits(payer: Running, claim: Resource, **elements: Any) -> Resource:
    """A practice asks for authorization; the answer, which is legal R4."""
    said = await payer.inquire("Claim", "$submit", a_bundle(claim, **elements))
    assert gate.check(said) == []
    return answer_in(said)


def answer_in(bundle: Resource) -> Resource:
    """The ClaimResponse, which comes first."""
    found: Resource = bundle["entry"][0]["resource"]
    assert found["resourceType"] == "ClaimResponse"
    return found


def actions(answer: Resource) -> dict[int, str]:
    """The review action of each item."""
    return {item["itemSequence"]: action(item) for item in answer.get("item", ())}


def action(element: Resource) -> str:
    return next(
        str(part["valueCodeableConcept"]["coding"][0]["code"])
        for each in element["adjudication"]
        for extension in each.get("extension", ())
        for part in extension["extension"]
        if part["url"] == f"{PAS}extension-reviewActionCode"
    )


def approved(answer: Resource) -> dict[int, int]:
    """Granted visits by item."""
    return {
        item["itemSequence"]: int(each["value"])
        for item in answer.get("item", ())
        for each in item["adjudication"]
        if "value" in each
    }
