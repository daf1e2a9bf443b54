"""What every payer promises, tried with each kind: the same store asked directly, over FHIR and over X12."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from services.coverage.days import Days
from services.coverage.decision import Decision
from services.coverage.payers.payer import Payer
from services.coverage.question import Party, Person, Policy, Question, Wanted
from tests.services.building import a_benefit, a_coverage, a_patient, an_insurance_plan
from tests.services.coverage.payers.outside import Second

DAY = date(2026, 5, 20)
RIVER = Person(family="Lindqvist", given=("River",), birth_date="1990-04-02", gender="other")
NORTHSTAR = Party(name="Northstar", identifiers=(("http://hl7.org/fhir/sid/us-npi", "1538999992"),))
CLINIC = Party(name="Harbor Clinic", identifiers=(("http://hl7.org/fhir/sid/us-npi", "1999999984"),))

QUESTION = Question(
    trace="question-1",
    purposes=frozenset({"benefits", "auth-requirements"}),
    days=Days(DAY, DAY),
    patient=RIVER,
    insurer=NORTHSTAR,
    provider=CLINIC,
    policies=(Policy(reference="Coverage/ours", number="N12345678", relationship="self", payor=NORTHSTAR),),
    wanted=(Wanted("PT"),),
)


@pytest.fixture(autouse=True)
async def member(foreign: Second) -> None:
    await foreign.knows(a_patient(name=[{"family": "Lindqvist", "given": ["River"]}], birthDate="1990-04-02"))
    await foreign.save(
        an_insurance_plan(a_benefit("PT"), a_benefit("MH", needs_authorization=True)),
        a_coverage(subscriberId="N12345678", order=None) | {"order": 1},
    )


def failures(decision: Decision) -> list[str]:
    return [failure.reason.reject for failure in decision.failures]


async def test_a_member_who_is_covered_is_covered(payer: Payer) -> None:
    decision = await payer.eligibility(QUESTION)

    [insured] = decision.insured
    [item] = [each for each in insured.items if each.wanted.service_type == "PT"]
    assert (decision.outcome, insured.in_force, item.covered) == ("complete", True, True)
    assert item.needs_authorization in (False, None)


async def test_what_is_left_of_a_limit_is_told(payer: Payer) -> None:
    decision = await payer.eligibility(QUESTION)

    [insured] = decision.insured
    [item] = [each for each in insured.items if each.wanted.service_type == "PT"]
    balance = item.balance("visit")
    assert balance
    assert balance.remaining == 30


async def test_what_needs_authorization_says_so(payer: Payer) -> None:
    decision = await payer.eligibility(replace(QUESTION, wanted=(Wanted("MH"),)))

    [item] = [each for each in decision.insured[0].items if each.wanted.service_type == "MH"]
    assert item.covered
    assert item.needs_authorization is True
    assert decision.advice[0].code == "needs-authorization"


async def test_what_is_not_covered_is_not_covered(payer: Payer) -> None:
    decision = await payer.eligibility(replace(QUESTION, wanted=(Wanted("AD"),)))

    assert decision.outcome == "complete"
    assert decision.advice[0].code == "not-covered"


async def test_a_coverage_that_has_ended_is_not_in_force(payer: Payer, foreign: Second) -> None:
    await foreign.save(a_coverage(subscriberId="N12345678", period={"end": "2026-05-19"}))

    decision = await payer.eligibility(QUESTION)

    assert [insured.in_force for insured in decision.insured] == [False]
    assert decision.advice[0].who == "case manager"


async def test_a_member_whom_nobody_knows_is_said_to_be_unknown(payer: Payer) -> None:
    stranger = replace(QUESTION, policies=(replace(QUESTION.policies[0], reference="", number="N99999999"),))

    decision = await payer.eligibility(stranger)

    assert (decision.outcome, failures(decision)) == ("error", ["75"])


async def test_another_date_of_birth_is_not_guessed_over(payer: Payer) -> None:
    other = replace(QUESTION, patient=replace(RIVER, birth_date="1991-04-02"))

    decision = await payer.eligibility(other)

    assert (decision.outcome, failures(decision)) == ("error", ["71"])


async def test_asking_twice_is_answered_the_same_and_books_nothing(payer: Payer) -> None:
    first, second = await payer.eligibility(QUESTION), await payer.eligibility(QUESTION)

    assert first == second
