"""A question, as the CoverageEligibilityRequest that a payer is sent: it refers to nothing that the payer does not have."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.coverage.question import Code, Party, Person, Policy, Question, Wanted
from services.coverage.vocabulary import PLAN_CLASS, RELATIONSHIP, SERVICE_TYPE, TRACE
from shared.fhir import text
from shared.fhir.element import concept
from shared.fhir.issue import Resource

MB = concept("http://terminology.hl7.org/CodeSystem/v2-0203", "MB")


def request_from(question: Question, now: datetime) -> Resource:
    """http://hl7.org/fhir/R4/coverageeligibilityrequest.html, with patient, insurer, provider and coverages contained."""
    coverages = [_coverage(policy, f"coverage-{place}") for place, policy in enumerate(question.policies, 1)]
    provider = [_organization(question.provider, "provider")] if _is_said(question.provider) else []
    request: Resource = {
        "resourceType": "CoverageEligibilityRequest",
        "contained": [_patient(question.patient), _organization(question.insurer, "insurer"), *provider, *coverages],
        "identifier": [{"system": TRACE, "value": question.trace}],
        "status": "active",
        "purpose": sorted(question.purposes),
        "patient": {"reference": "#patient"},
        "created": text.instant(now),
        "insurer": {"reference": "#insurer"},
        "insurance": [{"coverage": {"reference": f"#{each['id']}"}} for each in coverages],
        "item": [_item(each) for each in question.wanted],
    }
    if provider:
        request["provider"] = {"reference": "#provider"}
    if question.days.is_one:
        request["servicedDate"] = question.days.first.isoformat()
    else:
        request["servicedPeriod"] = question.days.as_period()
    return {name: value for name, value in request.items() if value}


def _patient(person: Person) -> Resource:
    name = {"family": person.family, "given": list(person.given)}
    return _said(
        resourceType="Patient",
        id="patient",
        identifier=_identifiers(person.identifiers),
        name=[_said(**name)] if _said(**name) else None,
        gender=person.gender,
        birthDate=person.birth_date,
    )


def _organization(party: Party, id: str) -> Resource:
    return _said(
        resourceType="Organization",
        id=id,
        identifier=_identifiers(party.identifiers) or [{"value": party.reference or "unknown"}],
        name=party.name,
    )


def _coverage(policy: Policy, id: str) -> Resource:
    classes = [
        {"type": concept(PLAN_CLASS, type), "value": value}
        for type, value in (("group", policy.group), ("plan", policy.plan))
        if value
    ]
    return _said(
        resourceType="Coverage",
        id=id,
        identifier=[{"type": MB, "value": policy.number}] if policy.number else None,
        status="active",
        subscriberId=policy.number,
        beneficiary={"reference": "#patient"},
        relationship=concept(RELATIONSHIP, policy.relationship) if policy.relationship else None,
        payor=[{"reference": "#insurer"}],
        **{"class": classes},
        order=policy.order,
    )


def _item(wanted: Wanted) -> Resource:
    said = {name: value for name, value in (wanted.said or {}).items() if name != "provider"}
    if not said:
        said["category"] = concept(SERVICE_TYPE, wanted.service_type)
    return said | ({"quantity": {"value": wanted.quantity}} if wanted.quantity is not None else {})


def _identifiers(codes: tuple[Code, ...]) -> list[Resource]:
    return [_said(system=system, value=value) for system, value in codes]


def _is_said(party: Party) -> bool:
    return bool(party.name or party.identifiers or party.reference)


def _said(**elements: Any) -> Resource:
    return {name: value for name, value in elements.items() if value}
