"""The first rule that fits decides, and nobody loses by asking for more."""

from __future__ import annotations

from typing import Any

import pytest

from services.coverage.pas.criteria import Rule, rule_for
from services.coverage.pas.deciding import Known, decide
from services.coverage.pas.requested import Facts, Item, facts_of, is_expedited, items_of
from shared.fhir.element import concept
from tests.services.coverage.pas.bundles import a_request, an_item

RULES = (
    Rule("MH", "approve", "gold", providers=("1",)),
    Rule("MH", "approve", "six", visits=6, days=120),
    Rule("DM", "approve", "ordered", papers=True),
    Rule("DM", "deny", "no"),
    Rule("98", "approve", "head", diagnoses=("S06",), most=4),
    Rule("AD", "approve", "product", products=("90834",), visits=1),
    Rule("*", "pend", "look"),
)
NOBODY = Facts()


def item(category: str, visits: int, **elements: Any) -> Item:
    return items_of(a_request(an_item(category, visits, **elements)))[1]


@pytest.mark.parametrize(
    ("category", "visits", "facts", "action", "granted", "reason"),
    [
        ("MH", 8, NOBODY, "A6", 6, "six"),
        ("MH", 2, NOBODY, "A1", 2, "six"),
        ("MH", 20, Facts(providers=frozenset({"1"})), "A1", 20, "gold"),
        ("DM", 1, NOBODY, "A3", 0, "no"),
        ("DM", 1, Facts(papers=True), "A1", 1, "ordered"),
        ("98", 4, Facts(("S06.0X1A",)), "A1", 4, "head"),
        ("98", 5, Facts(("S06.0X1A",)), "A4", 0, "look"),
        ("98", 4, Facts(("I10",)), "A4", 0, "look"),
        ("AD", 2, NOBODY, "A6", 1, "product"),
        ("PT", 1, NOBODY, "A4", 0, "look"),
    ],
)
def test_the_first_rule_that_fits_decides(
    category: str, visits: int, facts: Facts, action: str, granted: int, reason: str
) -> None:
    verdict = decide(item(category, visits), Known(facts), rules=RULES)

    assert (verdict.action, verdict.visits, verdict.reason) == (action, granted, reason)


@pytest.mark.parametrize(
    ("known", "action"),
    [
        (Known(NOBODY, refusal="ended"), "A3"),
        (Known(NOBODY, free=True), "A1"),
        (Known(NOBODY, guided=True), "A1"),
        (Known(NOBODY, refusal="ended", guided=True), "A3"),
    ],
)
def test_what_the_coverage_says_goes_before_the_rules(known: Known, action: str) -> None:
    assert decide(item("PT", 3), known, rules=RULES).action == action


@pytest.mark.parametrize(("category", "action", "granted"), [("MH", "A6", 10), ("DM", "A6", 10), ("PT", "A4", 10)])
def test_what_was_granted_stays_when_more_is_asked_for(category: str, action: str, granted: int) -> None:
    verdict = decide(item(category, 12), Known(NOBODY), 10, RULES)

    assert (verdict.action, verdict.visits) == (action, granted)


def test_without_a_rule_a_person_decides() -> None:
    assert rule_for(item("PT", 1), NOBODY, ()).decision == "pend"


def test_what_is_urgent_is_expedited() -> None:
    level = {
        "url": "http://hl7.org/fhir/us/davinci-pas/StructureDefinition/extension-levelOfServiceCode",
        "valueCodeableConcept": concept("https://codesystem.x12.org/005010/1338", "U"),
    }
    assert [is_expedited(a_request(**each)) for each in ({}, {"priority": "stat"}, {"extension": [level]})] == [False, True, True]


def test_diagnoses_and_providers_are_facts() -> None:
    claim = a_request(
        provider={"identifier": {"system": "http://hl7.org/fhir/sid/us-npi", "value": "1"}},
        diagnosis=[{"sequence": 1, "diagnosisCodeableConcept": concept("http://hl7.org/fhir/sid/icd-10-cm", "S06.0")}],
    )

    assert facts_of(claim) == Facts(("S06.0",), frozenset({"1"}), papers=False)


@pytest.mark.parametrize("value", ["U", True, {"coding": []}])
def test_an_extension_may_hold_anything(value: object) -> None:
    kind = {str: "valueString", bool: "valueBoolean", dict: "valueCodeableConcept"}[type(value)]
    url = "http://hl7.org/fhir/us/davinci-pas/StructureDefinition/extension-levelOfServiceCode"

    assert not is_expedited(a_request(extension=[{"url": url, kind: value}]))


def test_nobody_is_granted_more_visits_than_anybody_could_hold() -> None:
    assert item("PT", 10**15).visits == 9999
