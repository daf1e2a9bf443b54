"""The payer's decision on a question: pure, from what is held of the member."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

from .benefits import WHOLE, Benefit, Network, Plan, Terms
from .days import Days, period_of
from .decision import Balance, Decision, Failure, Granted, Insured, Item
from .money import Money
from .question import PLAN_ITSELF, WHOLE_PLAN, Person, Policy, Question, Wanted
from .reasons import ADVICE, FAILURES, NOT_IN_FORCE, Reason
from .vocabulary import SERVICE_TYPE

LAST: int = 1_000
"""Where those without a place in the order of payers stand."""


@dataclass(frozen=True, slots=True)
class Used:
    """What a member has used of a plan year, in cents of the plan's currency and in visits by service type."""

    deductible: int = 0
    out_of_pocket: int = 0
    visits: Mapping[str, int] = field(default_factory=dict)
    paid: Mapping[str, int] = field(default_factory=dict)


NOTHING_USED = Used()


@dataclass(frozen=True, slots=True)
class Held:
    """One coverage with what is held of it. `plan` is None where no benefits are; `granted` is by X12 service type."""

    coverage: Mapping[str, Any]
    policy: Policy
    patient: str = ""
    plan: Plan | None = None
    used: Used = NOTHING_USED
    granted: Mapping[str, Granted] = field(default_factory=dict)
    network: Network = ""
    """Of the provider who asks; "" where that isn't known, and both networks are told."""
    elsewhere: bool = False
    """No plan is held, but others of the same payer are."""


@dataclass(frozen=True, slots=True)
class Member:
    """What is held of the one who is asked about; `unknown` are coverages that were asked about and nobody knows.

    `failure` (a code of FAILURES): why there is no telling who it is.
    """

    held: tuple[Held, ...] = ()
    unknown: tuple[str, ...] = ()
    failure: str = ""


def decide(question: Question, member: Member) -> Decision:
    """What the payer answers. Coverages stand in the order in which they pay."""
    failures = list(_failures(question, member))
    answerable = [held for held in member.held if held.plan is not None and _is_of(held, question)]
    insured = tuple(_insured(held, question) for held in sorted(answerable, key=_place))
    advice = (failures[0].reason,) if failures and not insured else tuple(advised(insured))
    return Decision(insured, tuple(failures), advice)


def plan_year(plan: Plan, day: date) -> Days:
    """The plan year that a day falls into."""
    return _year(plan.year_begins, day)


@lru_cache(maxsize=1024)
def _year(begins_on: str, day: date) -> Days:
    month, day_of_month = (int(part) for part in begins_on.split("-"))
    year = day.year if (day.month, day.day) >= (month, day_of_month) else day.year - 1
    begins = _in_year(year, month, day_of_month)
    return Days(begins, date.fromordinal(_in_year(year + 1, month, day_of_month).toordinal() - 1))


def why_not_in_force(coverage: Mapping[str, Any], days: Days) -> Reason | None:
    """None for a Coverage that is active on all of these days; a bound of its period that is missing is open."""
    if coverage["status"] != "active":
        return NOT_IN_FORCE[coverage["status"]]
    lasts = period_of(coverage.get("period"))
    if lasts.covers(days):
        return None
    if lasts.last < days.first or lasts.is_none:
        return NOT_IN_FORCE["ended"]
    return NOT_IN_FORCE["not-begun" if days.first < lasts.first else "ends-within"]


def advised(insured: Iterable[Insured]) -> Iterator[Reason]:
    """What comes of what is said of each coverage, first what matters most."""
    in_force = [each for each in insured if each.in_force]
    if not in_force:
        yield next((each.why for each in insured if each.why), ADVICE["in-force"])
        return
    yield _of_items([item for each in in_force for item in each.items])
    places = Counter(_order(each.policy) for each in in_force)
    if any(number > 1 for number in places.values()):
        yield ADVICE["order-unclear"]


def differs(asked: Person, known: Person) -> str:
    """Why the one who is asked about is another than the one who is known; "" if nothing says so."""
    if asked.birth_date and known.birth_date and asked.birth_date != known.birth_date:
        return "birth-date-differs"
    if asked.family and known.family and asked.family.casefold() != known.family.casefold():
        return "name-differs"
    return ""


def _failures(question: Question, member: Member) -> Iterator[Failure]:
    if member.failure:
        yield Failure(FAILURES[member.failure])
        return
    for unknown in member.unknown:
        yield Failure(FAILURES["coverage-unknown"], unknown)
    for held in member.held:
        about = held.policy.reference
        if not _is_of(held, question):
            yield Failure(FAILURES["patient-differs"], about)
        elif held.plan is None:
            yield Failure(FAILURES["plan-not-held" if held.elsewhere else "benefits-not-held"], about)
        elif not _can_tell(held.plan, question):
            yield Failure(FAILURES["data-missing"], about)
    if not member.held and not member.unknown:
        yield Failure(FAILURES["no-coverage"])


def _is_of(held: Held, question: Question) -> bool:
    asked = question.patient.reference
    return not asked or not held.patient or held.patient == asked


def _can_tell(plan: Plan, question: Question) -> bool:
    """A product without a service type, of a plan that speaks of service types only: nobody can tell."""
    nameless = [each for each in question.wanted if each.products and not each.service_type]
    return all(plan.benefit_for(each) or plan.names_products_like(each) for each in nameless)


def _insured(held: Held, question: Question) -> Insured:
    assert held.plan
    why = why_not_in_force(held.coverage, question.days)
    lasts = period_of(held.coverage.get("period"))
    term = plan_year(held.plan, question.days.first).meeting(lasts)
    items = _items(held, held.plan, question, in_force=why is None)
    return Insured(held.policy, why is None, why, lasts, term, held.plan.name, tuple(items))


def _items(held: Held, plan: Plan, question: Question, *, in_force: bool) -> Iterator[Item]:
    if not question.asks("benefits", "auth-requirements"):
        return
    for wanted in _asked(question, plan):
        benefit = _benefit(plan, wanted) if in_force else None
        if benefit is None:
            yield Item(wanted, covered=False)
            continue
        for network, terms in _networks(benefit, held.network):
            yield _item(wanted, benefit, network, terms, held, plan, question)


def _asked(question: Question, plan: Plan) -> Iterator[Wanted]:
    """Who asks about the plan hears of all its benefits: http://hl7.org/fhir/R4/coverageeligibilityrequest.html"""
    for wanted in question.wanted or (PLAN_ITSELF,):
        yield wanted
        if wanted.service_type == WHOLE_PLAN and not wanted.products:
            for benefit in plan.benefits:
                if benefit.service_type not in ("", WHOLE_PLAN):
                    yield Wanted(benefit.service_type, said={"category": benefit.type})


def _benefit(plan: Plan, wanted: Wanted) -> Benefit | None:
    found = plan.benefit_for(wanted)
    return WHOLE if found is None and wanted.service_type == WHOLE_PLAN else found


def _networks(benefit: Benefit, network: Network) -> Iterator[tuple[Network, Terms]]:
    """The terms that count: of the provider's network where it is known, else of each."""
    if network in benefit.terms and network:
        yield network, benefit.terms[network]
    else:
        yield from benefit.terms.items() or (("", Terms()),)


def _item(wanted: Wanted, benefit: Benefit, network: Network, terms: Terms, held: Held, plan: Plan, question: Question) -> Item:
    asks = question.asks("auth-requirements")
    needs = benefit.needs_authorization if asks or question.asks("benefits") else None
    return Item(
        wanted=wanted,
        covered=True,
        network=network,
        needs_authorization=needs,
        granted=held.granted.get(benefit.service_type) if needs else None,
        supporting=benefit.supporting if needs else (),
        requirement=benefit.requirement,
        balances=tuple(_balances(benefit, terms, held.used, plan)) if question.asks("benefits") else (),
    )


def _balances(benefit: Benefit, terms: Terms, used: Used, plan: Plan) -> Iterator[Balance]:
    type = benefit.service_type
    if benefit.visits is not None:
        yield Balance("visit", benefit.visits, used.visits.get(type, 0))
    if benefit.amount is not None:
        yield Balance("benefit", benefit.amount, Money(used.paid.get(type, 0), benefit.amount.currency))
    if terms.copay is not None:
        yield Balance("copay", terms.copay)
    if terms.coinsurance:
        yield Balance("copay-percent", terms.coinsurance)
    if plan.deductible is not None and (terms.deductible or benefit is WHOLE):
        yield Balance("deductible", plan.deductible, Money(used.deductible, plan.deductible.currency))
    if plan.out_of_pocket is not None:
        yield Balance("maxoutofpocket", plan.out_of_pocket, Money(used.out_of_pocket, plan.out_of_pocket.currency))


def _of_items(items: list[Item]) -> Reason:
    """What the first payer that covers the service says of it."""
    if not items:
        return ADVICE["in-force"]
    covered = [item for item in items if item.covered]
    if not covered:
        return ADVICE["not-covered"]
    asked = [item for item in covered if item.wanted.service_type != WHOLE_PLAN or item.wanted.products] or covered
    if any(item.needs_authorization and item.granted is None for item in asked):
        return ADVICE["needs-authorization"]
    left = [balance.remaining for item in asked if (balance := item.balance("visit"))]
    if left and all(each == 0 for each in left):
        return ADVICE["used-up"]
    if any(_falls_short(item) for item in asked):
        return ADVICE["not-enough-left"]
    return ADVICE["authorized" if any(item.granted for item in asked) else "covered"]


def _falls_short(item: Item) -> bool:
    balance, quantity = item.balance("visit"), item.wanted.quantity
    left = balance.remaining if balance else None
    return isinstance(left, int) and quantity is not None and left < quantity


def _place(held: Held) -> tuple[int, str]:
    return _order(held.policy), held.policy.reference


def _order(policy: Policy) -> int:
    return LAST if policy.order is None else policy.order


def _in_year(year: int, month: int, day: int) -> date:
    """29 February is 1 March where there is none."""
    try:
        return date(min(max(year, 1), 9999), month, day)
    except ValueError:
        return date(min(max(year, 1), 9999), month + 1, 1)


def category(wanted: Wanted) -> Mapping[str, Any]:
    """The CodeableConcept of the service type that is asked about."""
    said = (wanted.said or {}).get("category")
    return said or {"coding": [{"system": SERVICE_TYPE, "code": wanted.service_type}]}
