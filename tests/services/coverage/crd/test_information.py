"""What is asserted of an order keeps the rules of the coverage-information extension, whatever was decided."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from services.coverage.crd.information import Asserted, asserted, extension
from services.coverage.crd.requirements import Requirement
from services.coverage.decision import Balance, Decision, Failure, Granted, Insured, Item
from services.coverage.money import Money
from services.coverage.question import Policy, Wanted
from services.coverage.reasons import FAILURES, NOT_IN_FORCE

WANTED = Wanted("PT")
NPI = "1999999984"
NOTHING: frozenset[str] = frozenset()


def a_decision(*items: Item, why: str = "") -> Decision:
    return Decision((Insured(Policy("Coverage/c"), not why, NOT_IN_FORCE[why] if why else None, items=items),))


def an_item(*, covered: bool = True, needs: bool = False, **elements: Any) -> Item:
    return Item(WANTED, covered, needs_authorization=needs, **elements)


def parts(said: Asserted) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for part in extension(said, "Coverage/card", "id", date(2026, 5, 11), 90)["extension"]:
        found.setdefault(part["url"], []).append(next((value for key, value in part.items() if key.startswith("value")), part))
    return found


def test_who_is_trusted_needs_no_authorization() -> None:
    rule = Requirement("PT", gold=(NPI,))

    said = asserted(a_decision(an_item(needs=True)), WANTED, rule, frozenset({NPI}))

    assert (said.authorization, said.reasons[0][0]) == ("no-auth", "gold-card")


@pytest.mark.parametrize("missing", ["performer", "location", "timeframe"])
def test_what_the_answer_depends_on_is_asked_for(missing: Any) -> None:
    rule = Requirement("PT", needs=(missing,))

    unknown = asserted(a_decision(an_item()), WANTED, rule, NOTHING)
    known = asserted(a_decision(an_item()), WANTED, rule, frozenset({missing}))

    assert (unknown.authorization, unknown.needed) == ("conditional", (missing,))
    assert (known.authorization, known.needed) == ("no-auth", ())


@pytest.mark.parametrize("why", ["not-begun", "ends-within"])
def test_a_service_outside_of_the_contract_waits_for_the_next_one(why: str) -> None:
    said = asserted(a_decision(why=why), WANTED, Requirement("*"), NOTHING)

    assert (said.covered, said.needed) == ("conditional", ("contract-window",))


@pytest.mark.parametrize("purpose", ["withpa", "withclaim", "withorder", "retain-doc"])
@pytest.mark.parametrize("paper", ["clinical", "admin", "patient"])
def test_papers_are_named_with_what_they_are_for(paper: Any, purpose: Any) -> None:
    found = parts(asserted(a_decision(an_item(needs=True)), WANTED, Requirement("PT", (paper,), (purpose,)), NOTHING))

    assert (found["doc-needed"], found["doc-purpose"]) == ([paper], [purpose])
    assert found["reason"]


def test_what_it_costs_is_told_by_network() -> None:
    inside = an_item(network="in", balances=(Balance("copay", Money(2500)), Balance("visit", 30, 4)))
    outside = an_item(network="out", balances=(Balance("copay", Money(6000)),))

    codes = [
        next(each["valueCodeableConcept"]["coding"][0]["code"] for each in detail["extension"] if each["url"] == "code")
        for detail in parts(asserted(a_decision(inside, outside), WANTED, Requirement("*"), NOTHING))["detail"]
    ]

    assert codes == ["allowed-quantity", "in-network-copay", "out-network-copay"]


RULES = some.builds(
    Requirement,
    service=some.just("PT"),
    papers=some.lists(some.sampled_from(["clinical", "admin", "patient"]), unique=True).map(tuple),
    purposes=some.lists(some.sampled_from(["withpa", "withclaim", "withorder", "retain-doc"]), unique=True).map(tuple),
    questionnaire=some.sampled_from(["", "urn:form"]),
    needs=some.lists(some.sampled_from(["performer", "location", "timeframe"]), unique=True).map(tuple),
    by_performer=some.booleans(),
    gold=some.sampled_from([(), (NPI,)]),
    reason=some.sampled_from(["", "Because."]),
)
ITEMS = some.lists(
    some.builds(
        Item,
        wanted=some.just(WANTED),
        covered=some.booleans(),
        network=some.sampled_from(["", "in", "out"]),
        needs_authorization=some.sampled_from([True, False, None]),
        granted=some.none() | some.just(Granted("ClaimResponse/r", "PA-1", 3)),
        requirement=some.sampled_from(["", "Call first."]),
    ),
    max_size=3,
)
DECISIONS = (
    some.none()
    | some.builds(lambda items, why: a_decision(*items, why=why), ITEMS, some.sampled_from(["", *NOT_IN_FORCE]))
    | some.sampled_from(sorted(FAILURES)).map(lambda code: Decision(failures=(Failure(FAILURES[code]),)))
    | some.just(Decision())
)


@given(DECISIONS, RULES, some.sampled_from([WANTED, Wanted()]), some.sets(some.sampled_from(["performer", "location", NPI])))
def test_the_invariants_of_the_guide_hold(decision: Decision | None, rule: Requirement, wanted: Wanted, known: set[str]) -> None:
    """crd-ci-q1 to q9."""
    found = parts(asserted(decision, wanted, rule, frozenset(known)))

    covered, needed = found["covered"][0], found.get("pa-needed", [""])[0]
    said = {covered, needed, *found.get("doc-needed", ())}
    assert "questionnaire" not in found or "doc-needed" in found
    assert covered != "not-covered" or not needed
    assert "conditional" not in said or "info-needed" in found
    assert needed not in ("satisfied", "no-auth") or "withpa" not in found.get("doc-purpose", ())
    assert (needed == "satisfied") == ("satisfied-pa-id" in found)
    assert "doc-purpose" not in found or "reason" in found
    assert "indeterminate" not in said or "reason" in found
    assert all(each["text"] for each in found.get("reason", ()))
    assert {"coverage", "date", "coverage-assertion-id"} <= set(found)
