"""A payer's CoverageEligibilityResponse, read as a decision: only what can be understood, and is about the one who was meant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final, get_args

from services.coverage.asked import number_of, person_of, wanted_of
from services.coverage.days import ALWAYS, period_of
from services.coverage.deciding import advised, differs
from services.coverage.decision import Balance, Decision, Failure, Insured, Item, Kind
from services.coverage.money import money_of
from services.coverage.question import Policy, Question
from services.coverage.reasons import FAILURES, NOT_IN_FORCE, Reason
from services.coverage.vocabulary import BENEFIT_TYPE, COST_TYPE, NETWORK, NEXT, REASON, REJECT_REASON, TRACE
from shared.fhir import gate, text
from shared.fhir.element import code_in, codes_in, identifier
from shared.fhir.issue import Resource
from shared.fhir.refusal import Refusal

from .payer import Trouble

Element = Mapping[str, Any]

KEPT: Final = (
    "category", "productOrService", "modifier", "excluded", "name", "description", "network", "unit", "term", "benefit",
    "authorizationRequired", "authorizationSupporting", "authorizationUrl",
)  # fmt: skip
"""What is kept of an item in the payer's own words; it refers to nothing that only the payer has."""

KINDS: Final = frozenset(get_args(Kind))


def decision_from(body: bytes, question: Question) -> Decision:
    """Raises Trouble: what is no legal R4 response is broken, one about somebody else is worthless."""
    response = _response(body)
    contained = {f"#{each.get('id')}": each for each in response.get("contained", ())}
    _must_be_about(response, contained, question)
    insured = tuple(_insured(each, place, contained, question) for place, each in enumerate(response.get("insurance", ())))
    failures = tuple(_failures(response))
    if response["outcome"] == "error" and not failures:
        failures = (Failure(FAILURES["payer-unable"], detail=response.get("disposition", "")),)
    advice = (failures[0].reason,) if failures and not insured else tuple(advised(insured))
    return Decision(insured, failures, advice, response.get("disposition", ""))


def _response(body: bytes) -> Resource:
    try:
        draft = text.parse(body)
    except Refusal as refusal:
        raise Trouble("payer-broken", str(refusal)[:500]) from None
    if draft.content.get("resourceType") != "CoverageEligibilityResponse":
        raise Trouble("payer-broken", f"the answer is a {draft.content.get('resourceType')}"[:200])
    wrong = [issue.message for issue in gate.check(draft.content) if issue.severity in ("error", "fatal")]
    if wrong:
        raise Trouble("payer-broken", "; ".join(wrong)[:500])
    if draft.content["outcome"] == "queued":
        raise Trouble("payer-unable", "the payer answers later, in a way that nobody has agreed on")
    return text.load(draft.text)


def _must_be_about(response: Resource, contained: Mapping[str, Element], question: Question) -> None:
    """Whatever the answer says of trace, number, name and date of birth has to agree with the question."""
    trace = identifier(response, TRACE)
    if trace is not None and trace != question.trace:
        raise Trouble("other-member", "the answer is to another question")
    patient = contained.get(response["patient"].get("reference", ""))
    if patient and patient["resourceType"] == "Patient" and (why := differs(question.patient, person_of(patient))):
        raise Trouble("other-member", why)
    asked = {policy.number for policy in question.policies if policy.number}
    told = {number for each in response.get("insurance", ()) if (number := _number(each["coverage"], contained))}
    if asked and told - asked and not question.asks("discovery"):
        raise Trouble("other-member", "the answer is about another member's number")


def _insured(insurance: Element, place: int, contained: Mapping[str, Element], question: Question) -> Insured:
    items = tuple(_item(each) for each in insurance.get("item", ()))
    in_force = insurance.get("inforce", any(item.covered for item in items))
    why = next(_reasons(insurance, NOT_IN_FORCE), None) or (None if in_force else NOT_IN_FORCE["not-in-force"])
    policy = _policy(_number(insurance["coverage"], contained), place, question)
    term = period_of(insurance["benefitPeriod"]) if "benefitPeriod" in insurance else ALWAYS
    return Insured(policy, in_force, why, ALWAYS, term, insurance["coverage"].get("display", ""), items)


def _policy(number: str, place: int, question: Question) -> Policy:
    """Of those that were asked about the one with this number, else the one in this place; a new one was discovered."""
    for policy in question.policies:
        if number and policy.number == number:
            return policy
    if not number and place < len(question.policies):
        return question.policies[place]
    return Policy(number=number, payor=question.insurer)


def _number(reference: Element, contained: Mapping[str, Element]) -> str:
    inside = contained.get(reference.get("reference", ""))
    return number_of(inside) if inside else str(reference.get("identifier", {}).get("value", ""))


def _item(item: Element) -> Item:
    network = code_in(item.get("network"), NETWORK)
    return Item(
        wanted=wanted_of(item),
        covered=not item.get("excluded", False),
        network="in" if network == "in" else "out" if network == "out" else "",
        needs_authorization=item.get("authorizationRequired"),
        supporting=tuple(item.get("authorizationSupporting", ())),
        requirement=item.get("description", ""),
        balances=tuple(filter(None, map(_balance, item.get("benefit", ())))),
        verbatim={name: _bare(item[name]) for name in KEPT if name in item},
    )


def _balance(benefit: Element) -> Balance | None:
    """None for a benefit of a kind that nothing here reckons with; it is kept verbatim."""
    kind = next((code for code in (*codes_in(benefit["type"], BENEFIT_TYPE), *codes_in(benefit["type"], COST_TYPE))), "")
    if kind not in KINDS:
        return None
    allowed = money_of(benefit.get("allowedMoney"))
    if allowed is not None:
        return Balance(kind, allowed, money_of(benefit.get("usedMoney")))  # type: ignore[arg-type]
    count = benefit.get("allowedUnsignedInt")
    if count is None:
        return None
    number = int(Decimal(str(count))) * (100 if kind == "copay-percent" else 1)
    return Balance(kind, number, benefit.get("usedUnsignedInt"))  # type: ignore[arg-type]


def _failures(response: Resource) -> Iterator[Failure]:
    by_reject = {reason.reject: reason for reason in reversed(list(FAILURES.values())) if reason.reject}
    for error in response.get("error", ()):
        ours = next((FAILURES[code] for code in codes_in(error["code"], REASON) if code in FAILURES), None)
        rejected = (by_reject[code] for code in codes_in(error["code"], REJECT_REASON) if code in by_reject)
        yield Failure(ours or next(rejected, FAILURES["payer-unable"]), detail=error["code"].get("text", ""))


def _reasons(element: Element, known: Mapping[str, Reason]) -> Iterator[Reason]:
    for each in element.get("extension", ()):
        if each["url"] == NEXT:
            yield from (known[code] for code in codes_in(each.get("valueCodeableConcept"), REASON) if code in known)


def _bare(value: Any) -> Any:
    """Without references, which are the payer's."""
    if isinstance(value, Mapping):
        return {name: kept for name, each in value.items() if name != "reference" and (kept := _bare(each)) not in ([], {})}
    if isinstance(value, list):
        return [_bare(each) for each in value if not (isinstance(each, Mapping) and "valueReference" in each)]
    return value
