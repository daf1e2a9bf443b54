"""Who plays along: a practice and its case manager, three therapists with free times, two insurers with their benefits."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from .admission import INSURERS, NUMBER_SYSTEM, Insurer

Resource = dict[str, Any]

ZONE = ZoneInfo("America/New_York")
X12 = "https://x12.org/codes/service-type-codes"
NUCC = "http://nucc.org/provider-taxonomy"
UCUM = "http://unitsofmeasure.org"

PRACTICE, MANAGER = "Organization/harbor-practice", "Practitioner/nadia-okafor"
PRIMARY, SECONDARY = "Organization/northstar-health", "Organization/evergreen-mutual"

THERAPISTS = (
    ("mei-tanaka", "Mei", "Tanaka", "225100000X", "Physical Therapist", time(9)),
    ("omar-haddad", "Omar", "Haddad", "225X00000X", "Occupational Therapist", time(10)),
    ("ines-duarte", "Inês", "Duarte", "103G00000X", "Clinical Neuropsychologist", time(11)),
)
FIRST_FREE_DAY = date(2026, 5, 27)
FREE_WEEKS = 12


def people() -> Resource:
    """Practice, case manager and therapists, as a transaction for intake."""
    entries: list[Resource] = [
        {
            "resourceType": "Organization",
            "id": "harbor-practice",
            "name": "Harbor Case Management",
            "extension": [
                {"url": "http://hl7.org/fhir/StructureDefinition/timezone", "valueCode": ZONE.key},
                {"url": "urn:careloom:holidays", "valueString": "US"},
            ],
        },
        *(
            {
                "resourceType": "Organization",
                "id": payor.partition("/")[2],
                "identifier": [{"system": NUMBER_SYSTEM, "value": insurer.number}],
                "name": insurer.name,
            }
            for payor, insurer in zip((PRIMARY, SECONDARY), INSURERS, strict=True)
        ),
        {
            "resourceType": "Practitioner",
            "id": "nadia-okafor",
            "active": True,
            "name": [{"family": "Okafor", "given": ["Nadia"]}],
            "qualification": [{"code": coded("urn:careloom:credential", "CCM", "Certified Case Manager")}],
        },
        {
            "resourceType": "PractitionerRole",
            "id": "nadia-okafor-at-harbor",
            "active": True,
            "practitioner": {"reference": MANAGER},
            "organization": {"reference": PRACTICE},
            "code": [coded("urn:careloom:role", "case-manager", "Case manager")],
            "extension": [{"url": "urn:careloom:caseload-capacity", "valueInteger": 60}],
        },
        *(
            {"resourceType": "Practitioner", "id": id, "active": True, "name": [{"family": family, "given": [given]}]}
            for id, given, family, *_ in THERAPISTS
        ),
    ]
    return transaction(entries)


def calendars() -> Resource:
    """The therapists' schedules and their free times, two an hour apart on each working day, for scheduling."""
    return transaction([*_schedules(), *_slots()])


def benefits() -> list[Resource]:
    """What the two insurers pay for."""
    northstar = [
        _benefit("PT", "Physical Therapy", 30),
        _benefit("AD", "Occupational Therapy", 30),
        _benefit("MH", "Mental Health", 20, needs_authorization=True),
    ]
    return [
        _insurance_plan("northstar-choice", INSURERS[0], PRIMARY, northstar),
        _insurance_plan("evergreen-basic", INSURERS[1], SECONDARY, [_benefit("PT", "Physical Therapy", 10)]),
    ]


def transaction(resources: list[Resource]) -> Resource:
    """Each under its own id, so that the same bundle can be sent twice."""
    entries = [
        {"fullUrl": f"https://demo.careloom.example/fhir/{each['resourceType']}/{each['id']}", "resource": each}
        | {"request": {"method": "PUT", "url": f"{each['resourceType']}/{each['id']}"}}
        for each in resources
    ]
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


def _schedules() -> Iterator[Resource]:
    for id, given, family, code, title, _ in THERAPISTS:
        yield {
            "resourceType": "Schedule",
            "id": id,
            "active": True,
            "specialty": [coded(NUCC, code, title)],
            "actor": [{"reference": f"Practitioner/{id}", "display": f"{given} {family}"}],
        }


def _slots() -> Iterator[Resource]:
    days = (FIRST_FREE_DAY + timedelta(days=number) for number in range(7 * FREE_WEEKS))
    for day in (day for day in days if day.weekday() < 5):
        for id, *_, begin in THERAPISTS:
            for hour in (0, 4):
                start = (datetime.combine(day, begin, ZONE) + timedelta(hours=hour)).astimezone(UTC)
                yield {
                    "resourceType": "Slot",
                    "id": f"{id}-{start:%Y%m%d-%H%M}",
                    "schedule": {"reference": f"Schedule/{id}"},
                    "status": "free",
                    "start": start.isoformat(),
                    "end": (start + timedelta(hours=1)).isoformat(),
                }


def _benefit(category: str, title: str, visits: int, *, needs_authorization: bool = False) -> Resource:
    benefit: Resource = {
        "type": coded(X12, category, title),
        "limit": [{"value": {"value": visits, "unit": "visits"}}],
    }
    if needs_authorization:
        benefit["extension"] = [{"url": "urn:careloom:prior-authorization", "valueBoolean": True}]
        benefit["requirement"] = "Prior authorization with a treatment plan"
    return benefit


def _insurance_plan(id: str, insurer: Insurer, payor: str, benefits: list[Resource]) -> Resource:
    return {
        "resourceType": "InsurancePlan",
        "id": id,
        "status": "active",
        "identifier": [{"system": NUMBER_SYSTEM, "value": insurer.plan[0]}],
        "name": insurer.plan[1],
        "ownedBy": {"reference": payor},
        "coverage": [{"type": coded(X12, "30", "Health Benefit Plan Coverage"), "benefit": benefits}],
    }


def coded(system: str, code: str, display: str) -> Resource:
    return {"coding": [{"system": system, "code": code, "display": display}], "text": display}
