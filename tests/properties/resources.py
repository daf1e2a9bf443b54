"""Legal resources of every service, with something in them for most kinds of search parameters; fuzzing spoils them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

Resource = dict[str, Any]


def coded(code: str, system: str = "urn:codes", text: str = "said so") -> Resource:
    return {"coding": [{"system": system, "code": code, "display": "Shown"}], "text": text}


def to(reference: str) -> Resource:
    return {"reference": reference}


PERIOD: Final[Resource] = {"start": "2026-01-01T10:00:00+01:00", "end": "2026-02"}
NARRATIVE: Final[Resource] = {
    "status": "generated",
    "div": '<div xmlns="http://www.w3.org/1999/xhtml"><p>Words <a href="Patient/p1">here</a></p></div>',
}

_INTAKE: Final[tuple[Resource, ...]] = (
    {
        "resourceType": "Patient",
        "id": "p1",
        "meta": {"profile": ["http://example.org/profile"], "tag": [{"system": "urn:t", "code": "t"}], "source": "urn:s"},
        "text": NARRATIVE,
        "contained": [{"resourceType": "Organization", "id": "o", "name": "Inside"}],
        "extension": [{"url": "urn:e", "valueQuantity": {"value": 1.50, "unit": "mg"}}],
        "identifier": [{"use": "usual", "system": "urn:mrn", "value": "007", "type": coded("MR")}],
        "active": True,
        "name": [{"use": "official", "family": "Ågren", "given": ["Ann", "Bo"], "_given": [None, {"id": "x"}]}],
        "telecom": [{"system": "phone", "value": "+1 (555) 123-4567", "use": "home"}],
        "gender": "female",
        "birthDate": "1970-02-28",
        "_birthDate": {"extension": [{"url": "urn:time", "valueDateTime": "1970-02-28T10:00:00Z"}]},
        "deceasedDateTime": "2025-12",
        "address": [{"line": ["1 Long Road"], "city": "Malmö", "postalCode": "211 20", "country": "SE"}],
        "communication": [{"language": coded("sv", "urn:ietf:bcp:47"), "preferred": True}],
        "generalPractitioner": [to("Practitioner/d1")],
        "managingOrganization": to("#o"),
        "link": [{"other": to("Patient/p2"), "type": "seealso"}],
    },
    {
        "resourceType": "Encounter",
        "id": "e1",
        "status": "in-progress",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "IMP"},
        "subject": to("Patient/p1"),
        "period": PERIOD,
        "length": {"value": 12, "unit": "d", "system": "http://unitsofmeasure.org", "code": "d"},
        "location": [{"location": to("Location/l1"), "period": PERIOD}],
        "participant": [{"individual": to("Practitioner/d1"), "type": [coded("ATND")]}],
    },
    {
        "resourceType": "Observation",
        "id": "o1",
        "status": "final",
        "code": coded("85354-9", "http://loinc.org"),
        "subject": to("Patient/p1"),
        "effectivePeriod": PERIOD,
        "component": [
            {"code": coded("8480-6", "http://loinc.org"), "valueQuantity": {"value": 120.50, "unit": "mmHg"}},
            {"code": coded("8462-4", "http://loinc.org"), "valueCodeableConcept": coded("low")},
        ],
        "hasMember": [to("urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0")],
    },
    {
        "resourceType": "Questionnaire",
        "id": "q1",
        "url": "http://example.org/q",
        "status": "active",
        "date": "2026",
        "item": [{"linkId": "1", "text": "?", "type": "group", "item": [{"linkId": "1.1", "text": "??", "type": "boolean"}]}],
    },
    {"resourceType": "RiskAssessment", "id": "r1", "status": "final", "subject": to("Patient/p1"),
     "prediction": [{"probabilityDecimal": 0.5}]},
)  # fmt: skip

_CAREPLAN: Final[tuple[Resource, ...]] = (
    {
        "resourceType": "CarePlan",
        "id": "c1",
        "status": "draft",
        "intent": "plan",
        "subject": to("Patient/p1"),
        "period": PERIOD,
        "category": [coded("assess-plan")],
        "goal": [to("Goal/g1")],
        "activity": [
            {"detail": {"kind": "Appointment", "status": "not-started", "code": coded("PT"), "scheduledPeriod": PERIOD}},
            {"reference": to("ServiceRequest/s1")},
        ],
    },
    {
        "resourceType": "Goal",
        "id": "g1",
        "lifecycleStatus": "active",
        "description": {"text": "walk"},
        "subject": to("Patient/p1"),
        "startDate": "2026-01-01",
        "target": [{"measure": coded("steps"), "detailQuantity": {"value": 1000}, "dueDate": "2026-06-01"}],
    },
    {
        "resourceType": "Task",
        "id": "t1",
        "status": "requested",
        "intent": "order",
        "code": coded("call"),
        "focus": to("CarePlan/c1"),
        "for": to("Patient/p1"),
        "executionPeriod": PERIOD,
        "restriction": {"period": PERIOD},
    },
    {
        "resourceType": "ServiceRequest",
        "id": "s1",
        "status": "active",
        "intent": "order",
        "code": coded("PT"),
        "subject": to("Patient/p1"),
        "occurrenceTiming": {"event": ["2026-01-05"], "repeat": {"boundsPeriod": PERIOD, "frequency": 2, "period": 1,
                                                                "periodUnit": "wk"}},
    },
    {
        "resourceType": "PlanDefinition",
        "id": "m1",
        "url": "http://example.org/m",
        "status": "active",
        "title": "Model",
        "action": [{"title": "a", "timingDuration": {"value": 2, "unit": "d", "system": "http://unitsofmeasure.org",
        "code": "d"}}],
    },
)  # fmt: skip

_SCHEDULING: Final[tuple[Resource, ...]] = (
    {"resourceType": "Schedule", "id": "h1", "actor": [to("Practitioner/d1")], "planningHorizon": PERIOD},
    {
        "resourceType": "Slot",
        "id": "l1",
        "schedule": to("Schedule/h1"),
        "status": "free",
        "start": "2026-05-11T09:00:00Z",
        "end": "2026-05-11T10:00:00Z",
    },
    {
        "resourceType": "Appointment",
        "id": "a1",
        "status": "proposed",
        "start": "2026-05-11T09:00:00Z",
        "end": "2026-05-11T10:00:00+00:00",
        "slot": [to("Slot/l1")],
        "participant": [
            {"actor": to("Patient/p1"), "status": "accepted"},
            {"actor": to("Practitioner/d1"), "status": "needs-action"},
        ],
    },
)

_COVERAGE: Final[tuple[Resource, ...]] = (
    {
        "resourceType": "Coverage",
        "id": "v1",
        "status": "active",
        "beneficiary": to("Patient/p1"),
        "payor": [to("Organization/o1")],
        "period": {"start": "2026-01-01", "end": "2026-12-31"},
        "class": [{"type": coded("plan"), "value": "gold"}],
    },
    {
        "resourceType": "Claim",
        "id": "i1",
        "status": "active",
        "type": coded("professional"),
        "use": "preauthorization",
        "patient": to("Patient/p1"),
        "created": "2026-05-01",
        "provider": to("Practitioner/d1"),
        "priority": coded("normal"),
        "insurance": [{"sequence": 1, "focal": True, "coverage": to("Coverage/v1")}],
        "item": [{"sequence": 1, "productOrService": coded("PT"), "quantity": {"value": 10}, "net": {"value": 10.50,
                                                                                                "currency": "USD"}}],
    },
    {
        "resourceType": "CoverageEligibilityRequest",
        "id": "y1",
        "status": "active",
        "purpose": ["benefits"],
        "patient": to("Patient/p1"),
        "created": "2026-05-01",
        "insurer": to("Organization/o1"),
        "insurance": [{"focal": True, "coverage": to("Coverage/v1")}],
        "item": [{"productOrService": coded("PT")}],
    },
)  # fmt: skip

LEGAL: Final[Mapping[str, tuple[Resource, ...]]] = {
    "intake": _INTAKE,
    "careplan": _CAREPLAN,
    "scheduling": _SCHEDULING,
    "coverage": _COVERAGE,
}
