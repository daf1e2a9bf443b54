"""A CoverageEligibilityRequest, read as a question. http://hl7.org/fhir/R4/coverageeligibilityrequest.html"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final

from shared.fhir.element import code_in, target_of

from .days import Days, days_of, period_of
from .question import Code, Party, Person, Policy, Question, Wanted
from .vocabulary import PLAN_CLASS, RELATIONSHIP, SERVICE_TYPE

Element = Mapping[str, Any]

MEMBER: Final = "MB"
"""Identifier type of a member's number: http://terminology.hl7.org/CodeSystem/v2-0203"""


def question_of(request: Element, today: date) -> Question:
    """What a request asks. What it contains is read with it; what it refers to is only named (`Type/id`)."""
    contained = {f"#{each.get('id')}": each for each in request.get("contained", ())}
    patient = request["patient"]
    return Question(
        trace=request.get("id", ""),
        purposes=frozenset(request["purpose"]),
        days=_days(request, today),
        patient=_person(patient, contained),
        insurer=party_of(request["insurer"], contained),
        provider=party_of(request.get("provider"), contained),
        policies=tuple(_policy(each["coverage"], contained) for each in request.get("insurance", ())),
        wanted=tuple(wanted_of(each) for each in request.get("item", ())),
    )


def policy_of(coverage: Element, reference: str = "") -> Policy:
    """A Coverage as it is asked about: http://hl7.org/fhir/R4/coverage.html"""
    return Policy(
        reference=reference or f"Coverage/{coverage['id']}",
        number=number_of(coverage),
        group=_class(coverage, "group"),
        plan=_class(coverage, "plan"),
        relationship=code_in(coverage.get("relationship"), RELATIONSHIP) or "",
        order=coverage.get("order"),
        payor=next((party_of(payor) for payor in coverage.get("payor", ())), Party()),
    )


def number_of(coverage: Element) -> str:
    """The member's number: an identifier of that type, else the subscriber's, else the only identifier; "" if none is said."""
    identifiers = coverage.get("identifier", ())
    for each in identifiers:
        if any(coding.get("code") == MEMBER for coding in each.get("type", {}).get("coding", ())):
            return str(each.get("value", ""))
    return str(coverage.get("subscriberId") or (identifiers[0].get("value", "") if len(identifiers) == 1 else ""))


def person_of(patient: Element, reference: str = "") -> Person:
    """A Patient: the official name, else the first."""
    names = patient.get("name", ())
    name: Element = next((each for each in names if each.get("use") == "official"), next(iter(names), {}))
    return Person(
        reference=reference,
        family=name.get("family", ""),
        given=tuple(name.get("given", ())),
        birth_date=patient.get("birthDate", ""),
        gender=patient.get("gender", ""),
        identifiers=tuple(_identifiers(patient.get("identifier", ()))),
    )


def party_of(reference: Element | None, contained: Mapping[str, Element] | None = None) -> Party:
    """Who a Reference names: with what is contained, its name and identifiers too."""
    said = reference or {}
    inside = (contained or {}).get(said.get("reference", ""), {})
    named = said.get("identifier")
    return Party(
        reference=target_of(said),
        name=inside.get("name", "") if isinstance(inside.get("name", ""), str) else said.get("display", ""),
        identifiers=(*_identifiers(inside.get("identifier", ())), *_identifiers((named,) if named else ())),
    )


def identifiers_of(resource: Element) -> tuple[Code, ...]:
    return tuple(_identifiers(resource.get("identifier", ())))


def wanted_of(item: Element) -> Wanted:
    """What an item of a request, or of its answer, is about."""
    product = item.get("productOrService", {})
    quantity = item.get("quantity", {}).get("value")
    return Wanted(
        service_type=code_in(item.get("category"), SERVICE_TYPE) or "",
        products=tuple((each.get("system", ""), each["code"]) for each in product.get("coding", ()) if "code" in each),
        quantity=None if quantity is None else int(float(quantity)),
        provider=target_of(item.get("provider")),
        said={name: item[name] for name in ("category", "productOrService", "modifier", "provider") if name in item},
    )


def _days(request: Element, today: date) -> Days:
    if "servicedDate" in request:
        return days_of(request["servicedDate"])
    if "servicedPeriod" in request:
        return period_of(request["servicedPeriod"])
    return Days(today, today)


def _person(reference: Element, contained: Mapping[str, Element]) -> Person:
    inside = contained.get(reference.get("reference", ""))
    return person_of(inside) if inside else Person(reference=target_of(reference))


def _policy(reference: Element, contained: Mapping[str, Element]) -> Policy:
    inside = contained.get(reference.get("reference", ""))
    if inside:
        return policy_of(inside, reference["reference"])
    return Policy(target_of(reference), number=reference.get("identifier", {}).get("value", ""))


def _class(coverage: Element, type: str) -> str:
    found = (each["value"] for each in coverage.get("class", ()) if code_in(each["type"], PLAN_CLASS) == type)
    return next(found, "")


def _identifiers(identifiers: Any) -> Iterator[Code]:
    for each in identifiers:
        if each and each.get("value"):
            yield each.get("system", ""), each["value"]
