"""Small resources for the driver to write, one builder a type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from services.directory import DIRECTORY
from shared.kernel.clock import system_now

Resource = dict[str, Any]

CALENDAR = datetime(2031, 3, 3, 8, tzinfo=UTC)
"""Bookings are for a few days from here: they collide often."""

PRACTITIONERS = ("chaos-ada", "chaos-ben", "chaos-cleo")
PAYER = "Organization/chaos-payer"
ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
SERVICE_TYPE = "https://x12.org/codes/service-type-codes"


def patient(random: Random) -> Resource:
    return {
        "resourceType": "Patient",
        "name": [{"family": random.choice(("Adair", "Brandt", "Čapek", "Duarte"))}],
        "gender": random.choice(("female", "male", "other", "unknown")),
        "birthDate": f"{random.randint(1930, 2020)}-0{random.randint(1, 9)}-1{random.randint(0, 9)}",
    }


def observation(random: Random) -> Resource:
    return {
        "resourceType": "Observation",
        "status": random.choice(("preliminary", "final", "amended")),
        "code": {"text": "weight"},
        "subject": _somebody(random),
        "valueQuantity": {"value": random.randint(400, 1200) / 10, "unit": "kg"},
    }


def goal(random: Random) -> Resource:
    status = random.choice(("proposed", "planned", "active"))
    return {
        "resourceType": "Goal",
        "lifecycleStatus": status,
        "description": {"text": f"walk {random.randint(1, 20)} km"},
        "subject": _somebody(random),
    }


def communication(random: Random) -> Resource:
    return {
        "resourceType": "Communication",
        "status": "completed",
        "subject": _somebody(random),
        "payload": [{"contentString": "called"}],
    }


def plan(random: Random) -> Resource:
    return {"resourceType": "CarePlan", "status": "draft", "intent": "plan", "subject": _somebody(random), "title": "A plan"}


def schedule(random: Random) -> Resource:
    actor = {"reference": f"Practitioner/{random.choice(PRACTITIONERS)}"}
    return {"resourceType": "Schedule", "active": random.random() < 0.5, "actor": [actor]}


def coverage(random: Random) -> Resource:
    return {
        "resourceType": "Coverage",
        "status": random.choice(("active", "draft")),
        "beneficiary": _somebody(random),
        "payor": [{"reference": PAYER}],
        "order": random.randint(1, 3),
    }


KINDS: Mapping[str, Callable[[Random], Resource]] = {
    "Patient": patient,
    "Observation": observation,
    "Goal": goal,
    "Communication": communication,
    "CarePlan": plan,
    "Schedule": schedule,
    "Coverage": coverage,
}
"""What nobody but the driver writes."""


def any_of(random: Random, service: str) -> Resource:
    """A resource that this service owns."""
    return KINDS[random.choice([type for type in KINDS if DIRECTORY.owner(type) == service])](random)


def organization(name: str) -> Resource:
    """For conditional writes."""
    identifier = [{"system": "urn:chaos:shared", "value": name}]
    return {"resourceType": "Organization", "identifier": identifier, "name": name}


def appointment(random: Random, id: str) -> Resource:
    """Of some practitioner, at one of few times; its patient is nobody else's."""
    start = CALENDAR + timedelta(days=random.randrange(5), minutes=15 * random.randrange(36))
    return {
        "resourceType": "Appointment",
        "id": id,
        "status": "proposed",
        "start": start.isoformat(),
        "end": (start + timedelta(minutes=15 * random.randint(1, 4))).isoformat(),
        "participant": [
            {"actor": {"reference": f"Practitioner/{random.choice(PRACTITIONERS)}"}, "status": "accepted"},
            {"actor": {"reference": f"Patient/of-{id}"}, "status": "accepted"},
        ],
    }


def stay(id: str, subject: str, ended: datetime | None = None) -> Resource:
    began = (ended or CALENDAR) - timedelta(days=2)
    return {
        "resourceType": "Encounter",
        "id": id,
        "status": "finished" if ended else "in-progress",
        "class": {"system": ACT_CODE, "code": "IMP"},
        "subject": {"reference": subject},
        "period": {"start": began.isoformat()} | ({"end": ended.isoformat()} if ended else {}),
    }


def service_request(id: str, subject: str) -> Resource:
    return {
        "resourceType": "ServiceRequest",
        "id": id,
        "status": "active",
        "intent": "order",
        "code": {"text": "Counselling"},
        "subject": {"reference": subject},
    }


def authorization(id: str, request: str, subject: str) -> Resource:
    """A Claim for six visits, which the payer's rules approve."""
    return {
        "resourceType": "Claim",
        "id": id,
        "status": "active",
        "type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/claim-type", "code": "professional"}]},
        "use": "preauthorization",
        "patient": {"reference": subject},
        "created": "2026-11-01",
        "insurer": {"reference": PAYER},
        "provider": {"display": "case management"},
        "priority": {"coding": [{"code": "normal"}]},
        "referral": {"reference": f"ServiceRequest/{request}"},
        "insurance": [{"sequence": 1, "focal": True, "coverage": {"display": "some coverage"}}],
        "item": [
            {
                "sequence": 1,
                "category": {"coding": [{"system": SERVICE_TYPE, "code": "MH"}]},
                "productOrService": {"text": "Counselling"},
                "quantity": {"value": 6},
            }
        ],
    }


def visit(id: str, request: str, subject: str, number: int) -> Resource:
    """In the weeks that an authorization of today is for."""
    start = (system_now() + timedelta(days=7, hours=2 * number)).replace(minute=0, second=0, microsecond=0)
    return {
        "resourceType": "Appointment",
        "id": id,
        "status": "booked",
        "start": start.isoformat(),
        "end": (start + timedelta(hours=1)).isoformat(),
        "basedOn": [{"reference": f"ServiceRequest/{request}"}],
        "participant": [{"actor": {"reference": subject}, "status": "accepted"}],
    }


def stage() -> Mapping[str, list[Resource]]:
    """What must be there before: service → resources, each under its id."""
    manager = "Practitioner/chaos-manager"
    return {
        "intake": [
            {"resourceType": "Organization", "id": "chaos-practice", "name": "Practice"},
            {"resourceType": "Organization", "id": "chaos-payer", "name": "Payer"},
            {
                "resourceType": "Practitioner",
                "id": "chaos-manager",
                "qualification": [{"code": {"coding": [{"system": "urn:careloom:credential", "code": "CCM"}]}}],
            },
            {
                "resourceType": "PractitionerRole",
                "id": "chaos-manager-role",
                "active": True,
                "practitioner": {"reference": manager},
                "organization": {"reference": "Organization/chaos-practice"},
                "code": [{"coding": [{"system": "urn:careloom:role", "code": "case-manager"}]}],
                "extension": [{"url": "urn:careloom:caseload-capacity", "valueInteger": 1_000_000}],
            },
            *({"resourceType": "Practitioner", "id": id} for id in PRACTITIONERS),
        ],
        "coverage": [
            {
                "resourceType": "InsurancePlan",
                "id": "chaos-benefits",
                "status": "active",
                "name": "Benefits",
                "ownedBy": {"reference": PAYER},
            }
        ],
    }


def _somebody(random: Random) -> Resource:
    return {"reference": f"Patient/chaos-{random.randrange(50)}"}
