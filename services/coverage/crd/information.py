"""The coverage-information extension: what is asserted of an order, in CRD's codes.

https://hl7.org/fhir/us/davinci-crd/StructureDefinition-ext-coverage-information.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from services.coverage.decision import Decision, Insured, Item
from services.coverage.money import Money
from services.coverage.question import Wanted
from services.coverage.reasons import Reason
from services.coverage.vocabulary import COVERAGE_INFORMATION
from shared.fhir.issue import Resource

from .orders import says_what
from .requirements import Requirement

URL: Final = COVERAGE_INFORMATION
CODES: Final = "http://hl7.org/fhir/us/davinci-crd/CodeSystem/temp"
COVERED, NOT_COVERED, CONDITIONAL, INDETERMINATE = "covered", "not-covered", "conditional", "indeterminate"

NO_MEMBER: Final = frozenset({"no-coverage", "patient-unknown", "patient-differs", "birth-date-differs", "name-differs"})
NO_COVERAGE: Final = frozenset({"coverage-unknown", "member-ambiguous", "group-differs"})
TECHNICAL: Final = frozenset({"payer-silent", "payer-away", "payer-broken", "payer-refused", "other-member", "payer-unable"})
"""Codes of FAILURES, by what CRD calls them; another is `conditional` on more detail."""

LATER: Final = frozenset({"not-begun", "ends-within"})
"""Why a coverage is not in force that may be another once there is a new contract."""


@dataclass(frozen=True, slots=True)
class Asserted:
    """`reasons` are (code of CRD's reasons or "", plain words). Empty texts and tuples are left out of the extension."""

    covered: str
    authorization: str = ""
    papers: tuple[str, ...] = ()
    purposes: tuple[str, ...] = ()
    needed: tuple[str, ...] = ()
    reasons: tuple[tuple[str, str], ...] = ()
    details: tuple[Mapping[str, Any], ...] = ()
    questionnaire: str = ""
    satisfied_by: str = ""
    billing: tuple[tuple[str, str], ...] = ()


def asserted(decision: Decision | None, wanted: Wanted, rule: Requirement, known: frozenset[str]) -> Asserted:
    """What is said of one order. `decision` None: the payer has not answered in time. `known` are those of performer,
    location and timeframe that the order says, and the NPIs of who orders or performs."""
    if decision is None:
        return Asserted(INDETERMINATE, reasons=(("technical", "The payer has not answered yet; its answer follows."),))
    insured = next((each for each in decision.insured if each.in_force), None) or next(iter(decision.insured), None)
    if insured is None:
        return _failed(decision.failures[0].reason if decision.failures else None)
    if not insured.in_force:
        return _not_in_force(insured)
    if not says_what(wanted):
        return Asserted(CONDITIONAL, needed=("detail-code",), reasons=(("", "The order does not say what would be billed."),))
    items = [item for item in insured.items if (item.wanted.service_type, item.wanted.products) == _of(wanted)]
    return _of_items(items, wanted, rule, known)


def extension(said: Asserted, coverage: str, id: str, today: date, days: int) -> Resource:
    """The extension, in the order of the standard's elements. `coverage` is the client's own reference."""
    parts = [
        _part("coverage", "valueReference", {"reference": coverage}),
        _part("covered", "valueCode", said.covered),
        *([_part("pa-needed", "valueCode", said.authorization)] if said.authorization else []),
        *(_part("doc-needed", "valueCode", each) for each in said.papers),
        *(_part("doc-purpose", "valueCode", each) for each in said.purposes),
        *(_part("info-needed", "valueCode", each) for each in said.needed),
        *(_part("billingCode", "valueCoding", {"system": system, "code": code}) for system, code in said.billing),
        *(_part("reason", "valueCodeableConcept", _reason(*each)) for each in said.reasons),
        *said.details,
        *([_part("questionnaire", "valueCanonical", said.questionnaire)] if said.questionnaire else []),
        _part("date", "valueDate", today.isoformat()),
        _part("coverage-assertion-id", "valueString", id),
        *([_part("satisfied-pa-id", "valueString", said.satisfied_by)] if said.satisfied_by else []),
        _part("expiry-date", "valueDate", (today + timedelta(days=days)).isoformat()),
    ]
    return {"url": URL, "extension": parts}


def _failed(reason: Reason | None) -> Asserted:
    if reason is None or reason.code in NO_MEMBER:
        return Asserted(NOT_COVERED, reasons=(("no-member-found", reason.sentence if reason else "No member fits."),))
    if reason.code in NO_COVERAGE:
        return Asserted(NOT_COVERED, reasons=(("coverage-not-found", reason.sentence),))
    if reason.code in TECHNICAL:
        return Asserted(INDETERMINATE, reasons=(("technical", reason.sentence),))
    return Asserted(CONDITIONAL, needed=("detail-code",), reasons=(("", reason.sentence),))


def _not_in_force(insured: Insured) -> Asserted:
    said = insured.why.sentence if insured.why else ""
    if insured.why and insured.why.code in LATER:
        return Asserted(CONDITIONAL, needed=("contract-window",), reasons=(("no-active-coverage", said),))
    return Asserted(NOT_COVERED, reasons=(("no-active-coverage", said),))


def _of_items(items: Sequence[Item], wanted: Wanted, rule: Requirement, known: frozenset[str]) -> Asserted:
    covered = [item for item in items if item.covered]
    if not covered:
        return Asserted(NOT_COVERED, reasons=(("", "The plan does not cover this service."),), billing=wanted.products)
    needs = {bool(item.needs_authorization) for item in covered}
    granted = next((item.granted for item in covered if item.granted), None)
    missing = tuple(name for name in rule.needs if name not in known)
    details = tuple(_details(covered))
    if missing or len(needs) > 1 or len(covered) < len(items):
        return Asserted(
            COVERED,
            CONDITIONAL,
            needed=missing or ("performer",),
            reasons=(("auth-out-network", rule.reason or "It depends on the network of the one who performs it."),),
            details=details,
            billing=wanted.products,
        )
    if needs == {False}:
        return Asserted(COVERED, "no-auth", details=details, billing=wanted.products)
    if known.intersection(rule.gold):
        gold = (("gold-card", "The provider needs no authorization for this."),)
        return Asserted(COVERED, "no-auth", reasons=gold, details=details, billing=wanted.products)
    if granted:
        number = granted.number or granted.reference
        return Asserted(COVERED, "satisfied", details=details, satisfied_by=number, billing=wanted.products)
    return Asserted(
        COVERED,
        "performpa" if rule.by_performer else "auth-needed",
        papers=rule.papers,
        purposes=rule.purposes if rule.papers else (),
        reasons=(("", rule.reason or "The payer wants to see papers."),) if rule.reason or rule.papers else (),
        details=details,
        questionnaire=rule.questionnaire if rule.papers else "",
        billing=wanted.products,
    )


def _details(items: Sequence[Item]) -> Iterator[Resource]:
    """Limits that constrain what is asserted, and what patients decide by."""
    for item in items:
        visits = item.balance("visit")
        if visits and isinstance(visits.remaining, int):
            yield _detail("cat-limitation", "allowed-quantity", "valueQuantity", {"value": visits.remaining, "unit": "visits"})
        copay = item.balance("copay")
        if copay and isinstance(copay.allowed, Money):
            code = "out-network-copay" if item.network == "out" else "in-network-copay"
            money = {"value": copay.allowed.amount, "unit": copay.allowed.currency}
            yield _detail("cat-decisional", code, "valueQuantity", money)
        if item.requirement:
            yield _detail("cat-other", "instructions", "valueString", item.requirement)


def _detail(category: str, code: str, kind: str, value: Any) -> Resource:
    parts = [
        _part("category", "valueCode", category),
        _part("code", "valueCodeableConcept", {"coding": [{"system": CODES, "code": code}]}),
        _part("value", kind, value),
    ]
    return {"url": "detail", "extension": parts}


def _reason(code: str, said: str) -> Resource:
    return {**({"coding": [{"system": CODES, "code": code}]} if code else {}), "text": said}


def _of(wanted: Wanted) -> tuple[str, tuple[tuple[str, str], ...]]:
    return wanted.service_type, wanted.products


def _part(url: str, kind: str, value: Any) -> Resource:
    return {"url": url, kind: value}
