"""Resources for tests: legal and ordinary, but for the one element that a test turns."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from shared.fhir.element import concept, reference_to

Resource = dict[str, Any]

X12 = "https://x12.org/codes/service-type-codes"
NUCC = "http://nucc.org/provider-taxonomy"
ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
SERVICE = "urn:careloom:service-request"
MANAGER, PATIENT, PAYOR = "Practitioner/nadia", "Patient/river", "Organization/northstar"


def a_patient(**elements: Any) -> Resource:
    return {"resourceType": "Patient", "id": "river", "name": [{"family": "Lindqvist"}]} | elements


def an_encounter(kind: str = "IMP", **elements: Any) -> Resource:
    made = {
        "resourceType": "Encounter",
        "id": "stay",
        "status": "in-progress",
        "class": {"system": ACT_CODE, "code": kind},
        "subject": {"reference": PATIENT},
        "period": {"start": "2026-05-11T14:20:00Z"},
    }
    return made | elements


def a_discharge(end: str = "2026-05-22T19:30:00Z", **elements: Any) -> Resource:
    return an_encounter(status="finished", period={"start": "2026-05-11T14:20:00Z", "end": end}) | elements


def a_manager(**elements: Any) -> Resource:
    certified = [{"code": concept("urn:careloom:credential", "CCM")}]
    return {"resourceType": "Practitioner", "id": "nadia", "qualification": certified} | elements


def a_manager_role(capacity: int = 60, manager: str = MANAGER, **elements: Any) -> Resource:
    made = {
        "resourceType": "PractitionerRole",
        "id": f"role-of-{manager.partition('/')[2]}",
        "active": True,
        "practitioner": {"reference": manager},
        "code": [concept("urn:careloom:role", "case-manager")],
        "extension": [{"url": "urn:careloom:caseload-capacity", "valueInteger": capacity}],
    }
    return made | elements


def a_case(model: str = "clinical", acuity: str = "high", **elements: Any) -> Resource:
    made = {
        "resourceType": "EpisodeOfCare",
        "id": "case",
        "status": "active",
        "type": [concept("urn:careloom:model", model), concept("urn:careloom:acuity", acuity)],
        "patient": {"reference": PATIENT},
        "careManager": {"reference": MANAGER},
        "period": {"start": "2026-05-11T12:00:00.000Z"},
    }
    return made | elements


def a_plan(**elements: Any) -> Resource:
    made = {
        "resourceType": "CarePlan",
        "id": "plan",
        "identifier": [{"system": "urn:careloom:case", "value": "case"}],
        "status": "active",
        "intent": "plan",
        "subject": {"reference": PATIENT},
        "author": {"reference": MANAGER},
        "activity": [{"reference": {"reference": "ServiceRequest/pt"}}],
    }
    return made | elements


def a_service(category: str = "PT", visits: int = 6, **elements: Any) -> Resource:
    made = {
        "resourceType": "ServiceRequest",
        "id": "pt",
        "basedOn": [{"reference": "CarePlan/plan"}],
        "status": "active",
        "intent": "plan",
        "category": [concept(X12, category)],
        "code": concept("urn:careloom:activity", "physical-therapy", "Physical therapy"),
        "quantityQuantity": {"value": visits, "unit": "visits"},
        "subject": {"reference": PATIENT},
        "occurrenceTiming": {"repeat": {"duration": 45, "durationUnit": "min", "frequency": 2, "period": 1, "periodUnit": "wk"}},
        "performerType": concept(NUCC, "225100000X"),
        "requester": {"reference": MANAGER},
    }
    return made | elements


def a_coverage(**elements: Any) -> Resource:
    made = {
        "resourceType": "Coverage",
        "id": "primary",
        "status": "active",
        "beneficiary": {"reference": PATIENT},
        "payor": [{"reference": PAYOR}],
        "period": {"start": "2026-01-01", "end": "2026-12-31"},
        "order": 1,
    }
    return made | elements


def a_benefit(category: str, *, needs_authorization: bool = False) -> Resource:
    benefit: Resource = {"type": concept(X12, category), "limit": [{"value": {"value": 30, "unit": "visits"}}]}
    if needs_authorization:
        benefit["extension"] = [{"url": "urn:careloom:prior-authorization", "valueBoolean": True}]
    return benefit


def an_insurance_plan(*benefits: Resource, **elements: Any) -> Resource:
    made = {
        "resourceType": "InsurancePlan",
        "id": "choice",
        "status": "active",
        "name": "Choice",
        "ownedBy": {"reference": PAYOR},
        "coverage": [{"type": concept(X12, "30"), "benefit": list(benefits or (a_benefit("PT"),))}],
    }
    return made | elements


def an_appointment(id: str = "visit-1", **elements: Any) -> Resource:
    made = {
        "resourceType": "Appointment",
        "id": id,
        "status": "booked",
        "start": "2026-05-28T13:00:00.000Z",
        "end": "2026-05-28T13:45:00.000Z",
        "basedOn": [{"reference": "ServiceRequest/pt"}],
        "participant": [
            {"actor": {"reference": PATIENT}, "status": "accepted"},
            {"actor": {"reference": "Practitioner/mei"}, "status": "accepted"},
        ],
    }
    return made | elements


def an_authorization(visits: int = 6, used: int = 0, request: str = "pt", **elements: Any) -> Resource:
    adjudications = [{"category": concept("urn:careloom:adjudication", "approved-visits"), "value": visits}]
    if used:
        adjudications.append({"category": concept("urn:careloom:adjudication", "used-visits"), "value": used})
    made = {
        "resourceType": "ClaimResponse",
        "id": "authorization",
        "identifier": [{"system": SERVICE, "value": request}],
        "status": "active",
        "type": concept("http://terminology.hl7.org/CodeSystem/claim-type", "professional"),
        "use": "preauthorization",
        "patient": {"reference": PATIENT},
        "created": "2026-05-12",
        "insurer": {"reference": PAYOR},
        "request": {"reference": "Claim/claim"},
        "outcome": "complete",
        "preAuthPeriod": {"end": "2026-09-09"},
        "item": [{"itemSequence": 1, "adjudication": adjudications}],
    }
    return made | elements


def an_answer(request: str = "pt", *, excluded: bool = False, needs_authorization: bool = False, **elements: Any) -> Resource:
    item = {"category": concept(X12, "PT"), "excluded": excluded, "authorizationRequired": needs_authorization}
    made = {
        "resourceType": "CoverageEligibilityResponse",
        "id": f"answer-{request}",
        "identifier": [{"system": SERVICE, "value": request}],
        "status": "active",
        "purpose": ["benefits"],
        "patient": {"reference": PATIENT},
        "created": "2026-05-12",
        "request": {"reference": "CoverageEligibilityRequest/asked"},
        "outcome": "complete",
        "insurer": {"reference": PAYOR},
        "insurance": [{"coverage": {"reference": "Coverage/primary"}, "inforce": True, "item": [item]}],
    }
    return made | elements


def a_schedule(id: str = "mei", specialty: str = "225100000X", **elements: Any) -> Resource:
    made = {
        "resourceType": "Schedule",
        "id": id,
        "active": True,
        "specialty": [concept(NUCC, specialty)],
        "actor": [{"reference": f"Practitioner/{id}"}],
    }
    return made | elements


def a_slot(day: int, hour: int = 13, schedule: str = "mei", **elements: Any) -> Resource:
    """A free hour in May 2026 (UTC)."""
    start = datetime(2026, 5, day, hour, tzinfo=UTC)
    made = {
        "resourceType": "Slot",
        "id": f"{schedule}-{day}-{hour}",
        "schedule": reference_to(f"Schedule/{schedule}"),
        "status": "free",
        "start": start.isoformat(),
        "end": start.replace(hour=hour + 1).isoformat(),
    }
    return made | elements
