"""What an ExplanationOfBenefit has used of a member's plan year. http://hl7.org/fhir/R4/explanationofbenefit.html"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from shared.fhir.change import Change
from shared.fhir.element import code_in, target_of, targets_of
from shared.fhir.issue import Resource
from shared.store.transaction import Transaction
from shared.store.view import View

from . import accounts
from .accounts import Posting
from .benefits import Plan
from .catalogue import plan_of
from .days import days_of
from .deciding import plan_year
from .money import Money, money_of
from .vocabulary import SERVICE_TYPE

COUNTS_ON: Mapping[str, tuple[str, ...]] = {
    "deductible": ("deductible", "out-of-pocket"),
    "copay": ("out-of-pocket",),
    "coinsurance": ("out-of-pocket",),
    "benefit": ("paid",),
}
"""Code of an adjudication → what it counts on: http://terminology.hl7.org/CodeSystem/adjudication, and CARIN's coinsurance."""

CALENDAR_YEAR: Final = Plan("", "")


def book(change: Change[Any], tx: Transaction) -> None:
    """With every write of one: it has booked what it says now; one that doesn't count any more has booked nothing."""
    explanation = change.after
    counts = not change.deleted and explanation["status"] == "active" and explanation["use"] == "claim"
    known = counts and explanation["outcome"] in ("complete", "partial")
    accounts.book(f"ExplanationOfBenefit/{explanation['id']}", _booked(explanation, tx) if known else (), tx)


def postings(explanation: Resource, coverage: str, plan: Plan, type_of: Callable[[Resource], str]) -> list[Posting]:
    """By plan year: deductible, out of pocket and what was paid in cents, visits by service type.

    `type_of` an item is its X12 service type. An item that nobody has paid anything for is no visit.
    """
    years: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    request = next(iter(targets_of([explanation.get("referral", {})], "ServiceRequest")), "")
    for item in explanation.get("item", ()):
        amounts = years[plan_year(plan, days_of(_day(item, explanation)).first).first.isoformat()]
        type = type_of(item)
        paid = list(_paid(item, type))
        for what, money in paid:
            amounts[f"{what}/{money.currency}"] += money.cents
        if type and any(money.cents for _, money in paid):
            amounts[f"visits/{type}/{request or explanation['id']}/billed"] += _visits(item)
    return [Posting(coverage, year, dict(amounts)) for year, amounts in years.items()]


def _booked(explanation: Resource, tx: Transaction) -> list[Posting]:
    insurance = next((each for each in explanation["insurance"] if each["focal"]), explanation["insurance"][0])
    coverage = target_of(insurance["coverage"])
    known = tx.read(*coverage.split("/")) if coverage else None
    plan = plan_of(known, tx) if known else None
    return postings(explanation, coverage, plan or CALENDAR_YEAR, lambda item: _type(item, explanation, tx)) if coverage else []


def _paid(item: Resource, type: str) -> Iterator[tuple[str, Money]]:
    for adjudication in item.get("adjudication", ()):
        money = money_of(adjudication.get("amount"))
        codes = [coding.get("code") for coding in adjudication["category"].get("coding", ())]
        for what in next((COUNTS_ON[code] for code in codes if code in COUNTS_ON), ()):
            if money:
                yield (f"paid/{type}" if what == "paid" else what), money


def _type(item: Resource, explanation: Resource, view: View) -> str:
    """As the item says, else as the service says that it was referred by."""
    if said := code_in(item.get("category"), SERVICE_TYPE):
        return said
    for id in targets_of([explanation.get("referral", {})], "ServiceRequest"):
        return code_in((view.read("ServiceRequest", id) or {}).get("category"), SERVICE_TYPE) or ""
    return ""


def _day(item: Resource, explanation: Resource) -> str:
    said = item.get("servicedDate") or item.get("servicedPeriod", {}).get("start")
    return str(said or explanation.get("billablePeriod", {}).get("start") or explanation["created"])


def _visits(item: Resource) -> int:
    return int(Decimal(str(item.get("quantity", {}).get("value", 1))))
