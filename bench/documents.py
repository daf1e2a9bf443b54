"""The resources that are stored and sent: each kind alike, told apart by numbers of nine digits."""

from __future__ import annotations

from typing import Any

import orjson

_NUMBER, _PATIENT = "#########", "@@@@@@@@@"

PLANS_OF_A_PATIENT = 5
"""So many plans in a row are of one patient: what a search for a patient's plans finds."""


def plan(number: int) -> bytes:
    """A CarePlan of five activities, 3.6 kB."""
    return _filled(_PLAN, number)


def named_plan(number: int, revision: int) -> bytes:
    """The same with the id that it is stored under; `revision` makes its content another one."""
    return _filled(_NAMED_PLAN, number).replace(b"revision 000000000", b"revision %09d" % revision)


def plan_id(number: int) -> str:
    return f"plan-{number:09}"


def patient(number: int) -> bytes:
    return _filled(_PATIENT_TEMPLATE, number)


def patient_id(number: int) -> str:
    return f"patient-{number:09}"


def family_name(number: int) -> str:
    return f"Meander{number:09}"


def coverage(number: int) -> bytes:
    return _filled(_COVERAGE, number)


def named_coverage(number: int) -> bytes:
    """The same, of a patient of its own, with the id that it is stored under."""
    return _NAMED_COVERAGE.replace(_NUMBER.encode(), b"%09d" % number)


def coverage_id(number: int) -> str:
    return f"coverage-{number:09}"


def eligibility(number: int) -> bytes:
    """A question about one service under the coverage of a number, 0.6 kB."""
    return _ELIGIBILITY.replace(_NUMBER.encode(), b"%09d" % number)


def interchange(number: int) -> bytes:
    """An X12 interchange with one 270 about one service of the member of a number, 0.6 kB."""
    return _INTERCHANGE.replace(_NUMBER.encode(), b"%09d" % number)


def encounter(number: int) -> bytes:
    """A visit that goes on: whoever follows encounters keeps a copy, and looks whether work comes of it."""
    return _filled(_ENCOUNTER, number)


def transaction(number: int) -> bytes:
    """A Bundle that creates twenty: a team, four goals, the plan over them, and fourteen requests based on the plan."""
    return _filled(_TRANSACTION, number)


def _filled(template: bytes, number: int) -> bytes:
    owner = number // PLANS_OF_A_PATIENT
    return template.replace(_NUMBER.encode(), b"%09d" % number).replace(_PATIENT.encode(), b"%09d" % owner)


def _concept(system: str, code: str, display: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code, "display": display}]}


def _activity(number: int) -> dict[str, Any]:
    return {
        "detail": {
            "kind": "ServiceRequest",
            "code": _concept("http://snomed.info/sct", f"9105700{number}", "Physical therapy"),
            "status": "scheduled",
            "scheduledPeriod": {"start": f"2026-11-2{number}T09:00:00Z", "end": f"2026-12-2{number}T09:00:00Z"},
            "performer": [{"reference": f"Practitioner/therapist-{number}", "display": f"Therapist {number}"}],
            "description": "Strength and gait training, twice a week, at home where the stairs are. " * 4,
        }
    }


_SUBJECT = {"reference": f"Patient/patient-{_PATIENT}"}

_PLAN_RESOURCE: dict[str, Any] = {
    "resourceType": "CarePlan",
    "identifier": [{"system": "urn:careloom:plan", "value": f"plan-{_NUMBER}"}],
    "status": "active",
    "intent": "plan",
    "category": [_concept("http://hl7.org/fhir/us/core/CodeSystem/careplan-category", "assess-plan", "Assessment and plan")],
    "title": "Recovery plan, revision 000000000",
    "subject": _SUBJECT,
    "encounter": {"reference": f"Encounter/encounter-{_NUMBER}"},
    "period": {"start": "2026-11-23", "end": "2027-02-23"},
    "author": {"reference": "Practitioner/manager-1"},
    "activity": [_activity(number) for number in range(1, 6)],
}
_PLAN = orjson.dumps(_PLAN_RESOURCE)
_NAMED_PLAN = orjson.dumps({"resourceType": "CarePlan", "id": f"plan-{_NUMBER}", **_PLAN_RESOURCE})

_PATIENT_TEMPLATE = orjson.dumps(
    {
        "resourceType": "Patient",
        "identifier": [{"system": "urn:careloom:member", "value": f"member-{_NUMBER}"}],
        "active": True,
        "name": [{"use": "official", "family": f"Meander{_NUMBER}", "given": ["River", "Lynn"]}],
        "telecom": [
            {"system": "phone", "value": "+1 555 0100", "use": "home"},
            {"system": "email", "value": f"river-{_NUMBER}@example.org"},
        ],
        "gender": "female",
        "birthDate": "1991-04-17",
        "address": [{"use": "home", "line": ["7 Meadow Lane"], "city": "Springfield", "state": "MA", "postalCode": "01101"}],
        "generalPractitioner": [{"reference": "Practitioner/manager-1"}],
        "managingOrganization": {"reference": "Organization/clinic-1"},
    }
)

_COVERAGE = orjson.dumps(
    {
        "resourceType": "Coverage",
        "identifier": [{"system": "urn:careloom:coverage", "value": f"coverage-{_NUMBER}"}],
        "status": "active",
        "type": _concept("http://terminology.hl7.org/CodeSystem/v3-ActCode", "EHCPOL", "extended healthcare"),
        "subscriber": _SUBJECT,
        "subscriberId": f"member-{_NUMBER}",
        "beneficiary": _SUBJECT,
        "relationship": {"coding": [{"code": "self"}]},
        "period": {"start": "2026-01-01", "end": "2026-12-31"},
        "payor": [{"reference": "Organization/insurer-1"}],
        "class": [{"type": {"coding": [{"code": "plan"}]}, "value": "gold", "name": "Gold"}],
        "order": 1,
    }
)

_NAMED_COVERAGE = orjson.dumps(
    orjson.loads(_COVERAGE.replace(_PATIENT.encode(), _NUMBER.encode())) | {"id": f"coverage-{_NUMBER}"}
)

SERVICE_TYPE = "https://x12.org/codes/service-type-codes"
PLAN_ID = "gold"

_BENEFITS = [
    {"type": _concept(SERVICE_TYPE, code, title), "limit": [{"value": {"value": 30, "unit": "visits"}}]}
    for code, title in (("PT", "Physical therapy"), ("AD", "Occupational therapy"), ("MH", "Mental health"))
]
_COST = "http://terminology.hl7.org/CodeSystem/coverage-copay-type"

INSURANCE_PLAN = orjson.dumps(
    {
        "resourceType": "InsurancePlan",
        "id": PLAN_ID,
        "status": "active",
        "name": "Gold",
        "ownedBy": {"reference": "Organization/insurer-1"},
        "coverage": [{"type": _concept(SERVICE_TYPE, "30", "Health benefit plan coverage"), "benefit": _BENEFITS}],
        "plan": [
            {
                "generalCost": [
                    {"type": _concept(_COST, "deductible", "Deductible"), "cost": {"value": 500, "currency": "USD"}},
                    {"type": _concept(_COST, "maxoutofpocket", "Out of pocket"), "cost": {"value": 2000, "currency": "USD"}},
                ],
                "specificCost": [
                    {
                        "category": benefit["type"],
                        "benefit": [
                            {
                                "type": benefit["type"],
                                "cost": [
                                    {"type": _concept(_COST, "copay", "Copay"), "value": {"value": 25, "code": "USD"}},
                                    {"type": _concept(_COST, "deductible", "Deductible")},
                                ],
                            }
                        ],
                    }
                    for benefit in _BENEFITS
                ],
            }
        ],
    }
)
"""What every coverage here is one of."""

_ELIGIBILITY = orjson.dumps(
    {
        "resourceType": "CoverageEligibilityRequest",
        "status": "active",
        "purpose": ["benefits", "auth-requirements"],
        "patient": {"reference": f"Patient/patient-{_NUMBER}"},
        "servicedDate": "2026-05-20",
        "created": "2026-05-11",
        "insurer": {"reference": "Organization/insurer-1"},
        "insurance": [{"focal": True, "coverage": {"reference": f"Coverage/coverage-{_NUMBER}"}}],
        "item": [{"category": _concept(SERVICE_TYPE, "PT", "Physical therapy"), "quantity": {"value": 6}}],
    }
)

_SEGMENTS = (
    f"ISA*00*{'':10}*00*{'':10}*ZZ*{'CLINIC':15}*ZZ*{'INSURER':15}*260511*1300*^*00501*000000771*0*P*:",
    "GS*HS*CLINIC*INSURER*20260511*1300*771*X*005010X279A1",
    "ST*270*0001*005010X279A1",
    "BHT*0022*13*R-771*20260511*1300",
    "HL*1**20*1",
    "NM1*PR*2*INSURER ONE*****PI*INS1",
    "HL*2*1*21*1",
    "NM1*1P*2*HARBOUR REHABILITATION*****XX*1999999984",
    "HL*3*2*22*0",
    f"TRN*1*{_NUMBER}*9CLINIC001",
    f"NM1*IL*1*FAMILY*GIVEN****MI*member-{_NUMBER}",
    "DMG*D8*19790312*M",
    "DTP*291*D8*20260520",
    "EQ*30^PT",
    "SE*13*0001",
    "GE*1*771",
    "IEA*1*000000771",
)
_INTERCHANGE = "~".join((*_SEGMENTS, "")).encode()

_ENCOUNTER = orjson.dumps(
    {
        "resourceType": "Encounter",
        "identifier": [{"system": "urn:careloom:visit", "value": f"visit-{_NUMBER}"}],
        "status": "in-progress",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "IMP"},
        "subject": _SUBJECT,
        "participant": [{"individual": {"reference": "Practitioner/manager-1"}}],
        "period": {"start": "2026-11-23T09:00:00Z"},
        "serviceProvider": {"reference": "Organization/clinic-1"},
    }
)


def _entry(name: str, resource: dict[str, Any]) -> dict[str, Any]:
    urn = f"urn:uuid:00000000-0000-4000-8000-{name:0>12}"
    return {"fullUrl": urn, "resource": resource, "request": {"method": "POST", "url": resource["resourceType"]}}


def _entries() -> list[dict[str, Any]]:
    team = _entry("1", {"resourceType": "CareTeam", "status": "active", "name": f"Team {_NUMBER}", "subject": _SUBJECT})
    goals = [
        _entry(
            f"{2 + number}",
            {
                "resourceType": "Goal",
                "lifecycleStatus": "active",
                "description": {"text": f"Walk to the shop and back without a rest ({number})"},
                "subject": _SUBJECT,
                "startDate": "2026-11-23",
            },
        )
        for number in range(4)
    ]
    over = {
        "careTeam": [{"reference": team["fullUrl"]}],
        "goal": [{"reference": goal["fullUrl"]} for goal in goals],
    }
    whole = _entry("6", {**_PLAN_RESOURCE, **over})
    requests = [
        _entry(
            f"{7 + number}",
            {
                "resourceType": "ServiceRequest",
                "identifier": [{"system": "urn:careloom:request", "value": f"{number}-{_NUMBER}"}],
                "status": "draft",
                "intent": "plan",
                "code": _concept("http://snomed.info/sct", "91057000", "Physical therapy"),
                "subject": _SUBJECT,
                "basedOn": [{"reference": whole["fullUrl"]}],
                "occurrencePeriod": {"start": "2026-11-24", "end": "2027-01-24"},
                "performer": [{"reference": "Practitioner/therapist-1"}],
            },
        )
        for number in range(14)
    ]
    return [team, *goals, whole, *requests]


_TRANSACTION = orjson.dumps({"resourceType": "Bundle", "type": "transaction", "entry": _entries()})
