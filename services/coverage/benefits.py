"""What an insurance plan pays for: an InsurancePlan, read once into what a decision needs.

Which element says what: docs/decisions/payers.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, Literal

from shared.fhir.element import code_in, codes_in, extension

from .money import USUAL, Money, money_of, rounded
from .question import WHOLE_PLAN, Code, Wanted
from .vocabulary import (
    APPLICABILITY,
    COST,
    COST_TYPE,
    PLAN_CLASS,
    PLAN_YEAR,
    PRIOR_AUTHORIZATION,
    SERVICE_TYPE,
    SUPPORTING,
)

Element = Mapping[str, Any]
Network = Literal["", "in", "out"]
"""Of the plan's network or not; "" where the plan makes no difference."""

_PERCENT: Final = "%"


@dataclass(frozen=True, slots=True)
class Terms:
    """What a member pays for one visit, in one network. `coinsurance` is in hundredths of a percent (20 % is 2000).

    `allowed` is what provider and plan have agreed on for a visit; None: it isn't said.
    """

    allowed: Money | None = None
    copay: Money | None = None
    coinsurance: int = 0
    deductible: bool = False


@dataclass(frozen=True, slots=True)
class Benefit:
    """A service that the plan pays for. `visits` and `amount` limit it in a plan year; None: no limit is known.

    `requirement` is the payer's sentence, `supporting` what it wants to see with a request (CodeableConcepts).
    """

    codes: frozenset[Code] = frozenset()
    type: Element = field(default_factory=dict)
    needs_authorization: bool = False
    visits: int | None = None
    amount: Money | None = None
    requirement: str = ""
    supporting: tuple[Element, ...] = ()
    terms: Mapping[Network, Terms] = field(default_factory=dict)

    @property
    def service_type(self) -> str:
        return next((code for system, code in sorted(self.codes) if system == SERVICE_TYPE), "")


@dataclass(frozen=True, slots=True)
class Plan:
    """`deductible` and `out_of_pocket` are those of one member in a plan year, which begins on `year_begins` (`07-01`)."""

    reference: str
    name: str
    year_begins: str = "01-01"
    currency: str = USUAL
    deductible: Money | None = None
    out_of_pocket: Money | None = None
    networks: frozenset[str] = frozenset()
    benefits: tuple[Benefit, ...] = ()

    def benefit_for(self, wanted: Wanted) -> Benefit | None:
        """A benefit that names the product goes before one that names only the service type; None: not covered."""
        for codes in (frozenset(wanted.products), frozenset({(SERVICE_TYPE, wanted.service_type)})):
            for benefit in self.benefits:
                if codes & benefit.codes:
                    return benefit
        return None

    def names_products_like(self, wanted: Wanted) -> bool:
        """Whether its benefits speak of products in one of the systems that are asked in, so that silence says no."""
        systems = {system for system, _ in wanted.products}
        return any(system in systems for benefit in self.benefits for system, _ in benefit.codes)


def plan_from(resource: Element, named: Iterable[str] = ()) -> Plan:
    """The Plan of an InsurancePlan; of its variants (`plan`) the one that is `named` by an identifier, else the first."""
    variant = _variant(resource, frozenset(named))
    general = {_cost_type(each): each for each in variant.get("generalCost", ()) if each.get("groupSize", 1) == 1}
    deductible, most = (money_of(general.get(code, {}).get("cost")) for code in ("deductible", "maxoutofpocket"))
    costs = tuple(variant.get("specificCost", ()))
    return Plan(
        reference=f"InsurancePlan/{resource['id']}",
        name=resource.get("name", ""),
        year_begins=extension(resource, PLAN_YEAR) or "01-01",
        currency=next((money.currency for money in (deductible, most) if money), USUAL),
        deductible=deductible,
        out_of_pocket=most,
        networks=frozenset(each.get("reference", "") for each in (*resource.get("network", ()), *variant.get("network", ()))),
        benefits=tuple(_benefit(each, costs) for section in resource.get("coverage", ()) for each in section.get("benefit", ())),
    )


def plans_named(coverage: Element) -> frozenset[str]:
    """The plans that a Coverage names in its class `plan`."""
    return frozenset(each["value"] for each in coverage.get("class", ()) if code_in(each["type"], PLAN_CLASS) == "plan")


def _variant(resource: Element, named: frozenset[str]) -> Element:
    variants = resource.get("plan", ())
    fitting = (each for each in variants if named & {one.get("value") for one in each.get("identifier", ())})
    return next(fitting, next(iter(variants), {}))


def _benefit(benefit: Element, costs: tuple[Element, ...]) -> Benefit:
    limits = [each["value"] for each in benefit.get("limit", ()) if "value" in each.get("value", {})]
    money = [limit for limit in limits if _is_money(limit)]
    visits = [limit for limit in limits if limit not in money]
    codes = frozenset(_codes(benefit["type"]))
    return Benefit(
        codes=codes,
        type=benefit["type"],
        needs_authorization=extension(benefit, PRIOR_AUTHORIZATION) is True,
        visits=int(Decimal(str(visits[0]["value"]))) if visits else None,
        amount=money_of(money[0]) if money else None,
        requirement=benefit.get("requirement", ""),
        supporting=tuple(each["valueCodeableConcept"] for each in benefit.get("extension", ()) if each["url"] == SUPPORTING),
        terms=_terms(codes, costs),
    )


def _terms(codes: frozenset[Code], costs: tuple[Element, ...]) -> dict[Network, Terms]:
    """By network, what `plan.specificCost` says of a benefit with one of these codes."""
    said: dict[Network, dict[str, Element]] = {}
    for cost in _costs(codes, costs):
        said.setdefault(_network(cost), {})[_cost_type(cost)] = cost.get("value", {})
    everywhere = said.pop("", {})
    if said:
        return {network: _term(everywhere | those) for network, those in sorted(said.items())}
    return {"": _term(everywhere)} if everywhere else {}


def _costs(codes: frozenset[Code], costs: tuple[Element, ...]) -> Iterator[Element]:
    for specific in costs:
        about = frozenset(_codes(specific["category"]))
        for benefit in specific.get("benefit", ()):
            if codes & (about | frozenset(_codes(benefit["type"]))):
                yield from benefit.get("cost", ())


def _term(said: Mapping[str, Element]) -> Terms:
    percent = said.get("copaypct", {}).get("value", 0)
    return Terms(
        allowed=money_of(said.get("allowed")),
        copay=money_of(said.get("copay")),
        coinsurance=rounded(Decimal(str(percent)) * 100),
        deductible="deductible" in said,
    )


def _codes(concept: Element) -> Iterator[Code]:
    for coding in concept.get("coding", ()):
        if "code" in coding:
            yield coding.get("system", ""), coding["code"]


def _cost_type(cost: Element) -> str:
    """A code of coverage-copay-type, or our `allowed`."""
    return next(iter((*codes_in(cost.get("type"), COST_TYPE), *codes_in(cost.get("type"), COST))), "")


def _network(cost: Element) -> Network:
    said = code_in(cost.get("applicability"), APPLICABILITY)
    return "in" if said == "in-network" else "out" if said == "out-of-network" else ""


def _is_money(quantity: Element) -> bool:
    return quantity.get("system") == "urn:iso:std:iso:4217"


WHOLE: Final = Benefit(codes=frozenset({(SERVICE_TYPE, WHOLE_PLAN)}))
"""What the plan itself is to a question about it."""
