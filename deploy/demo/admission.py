"""The bundle in which the hospital tells of River, and what it adds for the patient of any other bundle."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from .cast import PRIMARY, SECONDARY, coded, transaction

Resource = dict[str, Any]

SNOMED = "http://snomed.info/sct"
ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
STAY, EMERGENCY = "river-stay", "river-emergency"

RIVER: Resource = {
    "resourceType": "Patient",
    "id": "river",
    "identifier": [{"system": "urn:oid:2.16.840.1.113883.19.5", "value": "MRN-20260511"}],
    "active": True,
    "name": [{"use": "official", "family": "Lindqvist", "given": ["River"]}],
    "birthDate": "1994-09-03",
}
INJURIES = (
    ("river-brain", "127295002", "Traumatic brain injury"),
    ("river-arm", "65966004", "Fracture of forearm"),
    ("river-femur", "71620000", "Fracture of femur"),
)


def of_river(admitted: datetime) -> Resource:
    """Patient, stay, injuries and two coverages: types of two owners in one transaction for intake."""
    injuries = [
        {
            "resourceType": "Condition",
            "id": id,
            "clinicalStatus": coded("http://terminology.hl7.org/CodeSystem/condition-clinical", "active", "Active"),
            "code": coded(SNOMED, code, title),
            "subject": {"reference": "Patient/river"},
            "encounter": {"reference": f"Encounter/{STAY}"},
        }
        for id, code, title in INJURIES
    ]
    return transaction([RIVER, stay("Patient/river", admitted), *injuries, *coverages("Patient/river")])


def of_patient(patient: str, admitted: datetime) -> Resource:
    """The stay and the coverages of somebody whose record another bundle has brought."""
    return transaction([stay(patient, admitted), *coverages(patient)])


def stay(patient: str, admitted: datetime) -> Resource:
    return {
        "resourceType": "Encounter",
        "id": STAY,
        "status": "in-progress",
        "class": {"system": ACT_CODE, "code": "IMP", "display": "inpatient encounter"},
        "subject": {"reference": patient},
        "period": {"start": admitted.isoformat()},
    }


def emergency(patient: str, began: datetime) -> Resource:
    return {
        "resourceType": "Encounter",
        "id": EMERGENCY,
        "status": "in-progress",
        "class": {"system": ACT_CODE, "code": "EMER", "display": "emergency"},
        "subject": {"reference": patient},
        "period": {"start": began.isoformat()},
        "reasonCode": [{"text": "Dizziness and severe headache"}],
    }


def coverages(patient: str) -> list[Resource]:
    return [
        {
            "resourceType": "Coverage",
            "id": id,
            "status": "active",
            "subscriberId": member,
            "beneficiary": {"reference": patient},
            "period": {"start": "2026-01-01", "end": "2026-12-31"},
            "payor": [{"reference": payor}],
            "order": order,
        }
        for order, id, member, payor in (
            (1, "river-northstar", "NS-4410-77", PRIMARY),
            (2, "river-evergreen", "EM-90210", SECONDARY),
        )
    ]
