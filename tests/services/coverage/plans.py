"""Coverages, plans and questions for tests of coverage: ordinary, but for what a test turns."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from shared.fhir.element import concept
from tests.services.building import PAYOR, X12, Resource, a_benefit, an_insurance_plan

COST_TYPE = "http://terminology.hl7.org/CodeSystem/coverage-copay-type"
APPLICABILITY = "http://terminology.hl7.org/CodeSystem/applicability"
ADJUDICATION = "http://terminology.hl7.org/CodeSystem/adjudication"
USD = {"system": "urn:iso:std:iso:4217", "code": "USD"}


def a_request(*categories: str, **elements: Any) -> Resource:
    """A CoverageEligibilityRequest about River's first coverage."""
    made = {
        "resourceType": "CoverageEligibilityRequest",
        "id": "asked",
        "status": "active",
        "purpose": ["benefits", "auth-requirements"],
        "patient": {"reference": "Patient/river"},
        "created": "2026-05-11T09:00:00-04:00",
        "servicedDate": "2026-05-20",
        "insurer": {"reference": PAYOR},
        "insurance": [{"coverage": {"reference": "Coverage/primary"}}],
        "item": [{"category": concept(X12, category)} for category in categories],
    }
    return {name: value for name, value in (made | elements).items() if value}


def a_cost(type: str, value: object = None, network: str = "") -> Resource:
    """`copay` 25, `copaypct` 20, `allowed` 120, `deductible`."""
    made: Resource = {"type": concept("urn:careloom:cost" if type == "allowed" else COST_TYPE, type)}
    if network:
        made["applicability"] = concept(APPLICABILITY, network)
    if value is not None:
        amount = Decimal(str(value))
        made["value"] = {"value": amount, "unit": "%"} if type == "copaypct" else {"value": amount, **USD}
    return made


def a_plan_with_costs(
    *costs: Resource, category: str = "PT", deductible: object = 500, out_of_pocket: object = 2000, **elements: Any
) -> Resource:
    """An InsurancePlan that pays for one service type, with the costs of a visit."""
    general = [
        {"type": concept(COST_TYPE, type), "groupSize": 1, "cost": {"value": Decimal(str(value)), "currency": "USD"}}
        for type, value in (("deductible", deductible), ("maxoutofpocket", out_of_pocket))
        if value is not None
    ]
    specific = {"category": concept(X12, category), "benefit": [{"type": concept(X12, category), "cost": list(costs)}]}
    variant: Resource = {"generalCost": general, "specificCost": [specific]}
    if not costs:
        del variant["specificCost"]
    return an_insurance_plan(a_benefit(category), plan=[variant], **elements)


def an_explanation(id: str = "bill", *, category: str = "PT", day: str = "2026-05-28", **amounts: object) -> Resource:
    """An ExplanationOfBenefit of one visit: `deductible=100, copay=25, coinsurance=10, benefit=85`."""
    adjudication = [
        {
            "category": concept("http://terminology.hl7.org/CodeSystem/adjudication", code),
            "amount": {"value": value, "currency": "USD"},
        }
        for code, value in amounts.items()
    ]
    return {
        "resourceType": "ExplanationOfBenefit",
        "id": id,
        "status": "active",
        "type": concept("http://terminology.hl7.org/CodeSystem/claim-type", "professional"),
        "use": "claim",
        "patient": {"reference": "Patient/river"},
        "created": "2026-06-01",
        "insurer": {"reference": PAYOR},
        "provider": {"reference": "Practitioner/mei"},
        "outcome": "complete",
        "insurance": [{"focal": True, "coverage": {"reference": "Coverage/primary"}}],
        "item": [
            {
                "sequence": 1,
                "category": concept(X12, category),
                "productOrService": concept("http://www.ama-assn.org/go/cpt", "97110"),
                "servicedDate": day,
                "adjudication": adjudication,
            }
        ],
    }
