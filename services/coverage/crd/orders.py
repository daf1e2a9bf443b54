"""An order as a question to the payer: what, for whom, when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, Final

from services.coverage.asked import party_of, person_of, policy_of
from services.coverage.days import ALWAYS, Days, days_of, period_of
from services.coverage.question import Code, Question, Wanted
from services.coverage.vocabulary import SERVICE_TYPE
from shared.fhir.element import code_in, identifier, target_of
from shared.fhir.issue import Resource

BILLED: frozenset[str] = frozenset(
    {
        "http://www.ama-assn.org/go/cpt",
        "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets",
        "http://terminology.hl7.org/CodeSystem/HCPCS-all-codes",
        "http://www.ada.org/cdt",
        "http://hl7.org/fhir/sid/ndc",
        "http://www.nlm.nih.gov/research/umls/rxnorm",
    }
)
"""Systems of codes that a payer is billed by."""

BILLING_OPTION = "http://hl7.org/fhir/us/davinci-crd/StructureDefinition/ext-billing-options"
NPI: Final = "http://hl7.org/fhir/sid/us-npi"
CODED = ("code", "codeCodeableConcept", "medicationCodeableConcept", "serviceType", "type")
"""Where the kinds of orders say what is ordered."""


def question_of(orders: Sequence[Resource], patient: Resource, coverage: Resource, instance: str, today: date) -> Question:
    """About all orders of one day, of one coverage. The coverage is known by the member's number only."""
    days = [days for each in orders if (days := _days(each)) != ALWAYS]
    return Question(
        trace=instance,
        purposes=frozenset({"validation", "benefits", "auth-requirements"}),
        days=days[0] if days else Days(today, today),
        patient=person_of(patient),
        insurer=next((party_of(each) for each in coverage["payor"]), party_of(None)),
        policies=(policy_of({**coverage, "id": coverage.get("id", "")}, reference="#card"),),
        wanted=tuple(dict.fromkeys(wanted_of(each) for each in orders)),
    )


def wanted_of(order: Resource) -> Wanted:
    categories = order.get("category", ())
    types = [*_listed(categories), *order.get("serviceType", ())]
    return Wanted(
        service_type=code_in(types, SERVICE_TYPE) or "",
        products=tuple(dict.fromkeys(_products(order))),
        quantity=_visits(order),
    )


def says_what(wanted: Wanted) -> bool:
    return bool(wanted.service_type or wanted.products)


def known_of(order: Resource) -> frozenset[str]:
    """Which of performer, location and timeframe an order says, and the NPIs of who orders and who performs."""
    actors = [each.get("actor", {}) for each in order.get("participant", ())]
    performers = _listed(order.get("performer")) + [
        each for each in actors if not target_of(each).startswith(("Patient/", "Location/"))
    ]
    said = {
        "performer": bool(performers),
        "location": bool(
            order.get("locationReference")
            or order.get("locationCode")
            or any(target_of(each).startswith("Location/") for each in actors)
        ),
        "timeframe": _days(order) != ALWAYS,
    }
    people = [*_listed(order.get("requester")), *performers]
    numbers = {value for each in people if (value := identifier(each, NPI))}
    return frozenset({name for name, known in said.items() if known} | numbers)


def _listed(found: Any) -> list[Resource]:
    return list(found) if isinstance(found, list) else [found] if isinstance(found, dict) else []


def _products(order: Resource) -> Iterator[Code]:
    for name in CODED:
        found = order.get(name)
        for concept in _listed(found):
            options = [each["valueCodeableConcept"] for each in concept.get("extension", ()) if each.get("url") == BILLING_OPTION]
            for coding in (coding for each in (concept, *options) for coding in each.get("coding", ())):
                if coding.get("system") in BILLED and "code" in coding:
                    yield coding["system"], coding["code"]


def _visits(order: Resource) -> int | None:
    said = order.get("quantityQuantity", {}).get("value")
    return None if said is None else int(float(said))


def _days(order: Resource) -> Days:
    """When it is to be done: of a span that is long, its first day decides what is in force."""
    if "occurrencePeriod" in order:
        return _first(period_of(order["occurrencePeriod"]))
    if "occurrenceTiming" in order:
        return _first(period_of(order["occurrenceTiming"].get("repeat", {}).get("boundsPeriod")))
    said = order.get("occurrenceDateTime") or order.get("start")
    return _first(days_of(said)) if said else ALWAYS


def _first(days: Days) -> Days:
    return days if days == ALWAYS or days.first == ALWAYS.first else Days(days.first, days.first)
