"""A decision, printed as a CoverageEligibilityResponse. http://hl7.org/fhir/R4/coverageeligibilityresponse.html"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from shared.fhir.element import concept
from shared.fhir.issue import Resource

from .deciding import category
from .decision import Balance, Decision, Failure, Insured, Item
from .money import Money
from .reasons import Reason
from .vocabulary import BENEFIT_TYPE, COST_TYPE, MEMBER_NUMBER, NETWORK, NEXT, REASON, REJECT_REASON, REMAINING, WHO

KIND_SYSTEM: Mapping[str, str] = {"maxoutofpocket": COST_TYPE}
"""Where the code of a benefit's kind is from, if not from benefit-type."""

HUNDREDTHS: Final = 100


def told(decision: Decision) -> Resource:
    """The elements of a response that a decision decides; without the insurances and errors that there are none of."""
    said: Resource = {
        "outcome": decision.outcome,
        "disposition": decision.sentence,
        "insurance": [_insurance(each) for each in decision.insured],
        "error": [_error(each) for each in decision.failures],
        "extension": [_next(each) for each in decision.advice],
    }
    return {name: value for name, value in said.items() if value}


def _insurance(insured: Insured) -> Resource:
    said: Resource = {"coverage": _coverage(insured), "inforce": insured.in_force}
    if insured.why:
        said["extension"] = [_next(insured.why)]
    if insured.in_force and (term := insured.term.as_period()):
        said["benefitPeriod"] = term
    if insured.items:
        said["item"] = [dict(item.verbatim) if item.verbatim else _item(item) for item in insured.items]
    return said


def _coverage(insured: Insured) -> Resource:
    """With the member's number, so that who asked can tell whether it is about the right one."""
    policy = insured.policy
    said: Resource = {"reference": policy.reference} if policy.reference else {}
    if policy.number:
        said["identifier"] = {"system": MEMBER_NUMBER, "value": policy.number}
    return said | ({"display": insured.plan} if insured.plan else {})


def _item(item: Item) -> Resource:
    said: Resource = dict(item.wanted.said or {})
    if "category" not in said and item.wanted.service_type:
        said["category"] = category(item.wanted)
    said["excluded"] = not item.covered
    if item.network:
        said["network"] = concept(NETWORK, item.network)
    if item.balances:
        said["benefit"] = [_benefit(each) for each in item.balances]
    if item.needs_authorization is not None:
        said["authorizationRequired"] = item.needs_authorization
    if item.supporting:
        said["authorizationSupporting"] = [dict(each) for each in item.supporting]
    if item.requirement:
        said["description"] = item.requirement
    return said


def _benefit(balance: Balance) -> Resource:
    said: Resource = {"type": concept(KIND_SYSTEM.get(balance.kind, BENEFIT_TYPE), balance.kind)}
    if balance.kind == "copay-percent" and isinstance(balance.allowed, int):
        return said | _percent(balance.allowed)
    said |= _amount("allowed", balance.allowed)
    if balance.used is not None:
        said |= _amount("used", balance.used)
    if balance.remaining is not None:
        said["extension"] = [{"url": REMAINING, **_amount("value", balance.remaining)}]
    return said


def _percent(hundredths: int) -> Resource:
    """A whole number where it is one; 12.5 % has to be text."""
    whole, rest = divmod(hundredths, HUNDREDTHS)
    return {"allowedString": f"{Decimal(hundredths) / HUNDREDTHS} %"} if rest else {"allowedUnsignedInt": whole}


def _amount(name: str, value: int | Money) -> Resource:
    return {f"{name}Money": value.as_fhir()} if isinstance(value, Money) else {f"{name}UnsignedInt": value}


def _error(failure: Failure) -> Resource:
    reason = failure.reason
    codings: list[Mapping[str, Any]] = [{"system": REASON, "code": reason.code}]
    if reason.reject:
        codings.append({"system": REJECT_REASON, "code": reason.reject})
    said: Resource = {"code": {"coding": codings, "text": reason.sentence}}
    return said | {"extension": list(_about(failure))} if failure.about else said


def _about(failure: Failure) -> Iterator[Resource]:
    yield {"url": "urn:careloom:about", "valueString": failure.about}


def _next(reason: Reason) -> Resource:
    codings = [{"system": REASON, "code": reason.code}, {"system": WHO, "code": reason.who.replace(" ", "-")}]
    return {"url": NEXT, "valueCodeableConcept": {"coding": codings, "text": reason.sentence}}
