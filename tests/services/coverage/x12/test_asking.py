"""What is asked in X12 comes back as the decision that the payer made. The payer here is our own counter."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from services.coverage.days import Days
from services.coverage.decision import Decision
from services.coverage.payers.payer import Trouble
from services.coverage.question import Code, Party, Person, Policy, Question, Wanted
from services.coverage.x12.answering import reply_to
from services.coverage.x12.control import ControlNumbers
from services.coverage.x12.reading import read
from services.coverage.x12.writing import write
from shared.kernel.settings import Settings
from shared.service import Deployed
from tests.services.building import a_benefit, a_coverage, a_patient, an_insurance_plan
from tests.services.town import MONDAY, Running

SAMPLE = Path(__file__).parents[5] / "shared" / "data" / "x12" / "demo.271"
CPT: Code = ("http://www.ama-assn.org/go/cpt", "97110")
RIVER = Person("Patient/river", "Lindqvist", ("River",), "1979-03-12", "male")


def a_question(**turned: Any) -> Question:
    said: dict[str, Any] = {
        "trace": "asked-771",
        "purposes": frozenset({"benefits"}),
        "days": Days(date(2026, 5, 20), date(2026, 5, 20)),
        "patient": RIVER,
        "insurer": Party(name="Northstar Health"),
        "provider": Party(name="Harbour Rehabilitation"),
        "policies": (Policy("Coverage/primary", number="NS-4471"),),
        "wanted": (Wanted("PT"), Wanted("98"), Wanted("AL")),
    }
    return Question(**said | turned)


@pytest.fixture
async def payer(coverage: Running) -> Running:
    name = [{"use": "official", "family": "Lindqvist", "given": ["River"]}]
    await coverage.hears("Patient.created", a_patient(name=name, birthDate="1979-03-12", gender="male"))
    await coverage.save(an_insurance_plan(a_benefit("PT"), a_benefit("98", needs_authorization=True)))
    await coverage.save(a_coverage(subscriberId="NS-4471"))
    return coverage


async def answered(payer: Running, question: Question) -> bytes:
    deployed = Deployed(payer.service, payer.store, Settings(), payer.clock)
    reply = await reply_to(write(question, MONDAY, "CARELOOM", "NSTAR"), deployed, ControlNumbers(payer.store))
    return reply.body


async def asked(payer: Running, question: Question) -> Decision:
    return read(await answered(payer, question), question)


async def test_the_payers_decision_is_read_as_it_was_made(payer: Running) -> None:
    decision = await asked(payer, a_question())

    [insured] = decision.insured
    therapy, visits, other = insured.items
    assert (insured.in_force, insured.plan, insured.policy.reference) == (True, "Choice", "Coverage/primary")
    assert insured.days == Days(date(2026, 1, 1), date(2026, 12, 31))
    assert (therapy.covered, therapy.needs_authorization) == (True, False)
    assert (visits.covered, visits.needs_authorization) == (True, True)
    assert other.covered is False
    limit = therapy.balance("visit")
    assert limit is not None
    assert (limit.allowed, limit.remaining) == (30, 30)
    assert decision.outcome == "complete"


async def test_who_names_no_service_hears_of_all(payer: Running) -> None:
    decision = await asked(payer, a_question(wanted=()))

    assert [item.wanted.service_type for item in decision.insured[0].items] == ["PT", "98"]


async def test_a_coverage_that_has_ended_is_not_in_force(payer: Running) -> None:
    decision = await asked(payer, a_question(days=Days(date(2027, 2, 1), date(2027, 2, 1))))

    [insured] = decision.insured
    assert insured.in_force is False
    assert insured.why is not None
    assert insured.why.code == "ended"


async def test_an_unknown_member_is_a_decision_with_the_payers_reason(payer: Running) -> None:
    decision = await asked(payer, a_question(policies=(Policy("Coverage/primary", number="NS-0000"),)))

    assert (decision.outcome, decision.failures[0].reason.code) == ("error", "coverage-unknown")
    assert decision.failures[0].detail == "AAA 75 C"


async def test_another_date_of_birth_is_said(payer: Running) -> None:
    born = Person("Patient/river", "Lindqvist", ("River",), "1979-03-13", "male")

    decision = await asked(payer, a_question(patient=born))

    assert decision.failures[0].reason.code == "birth-date-differs"


async def test_a_dependent_is_asked_about_below_the_subscriber(payer: Running) -> None:
    linden = a_patient(id="linden", name=[{"family": "Lindqvist", "given": ["Linden"]}], birthDate="2015-02-02")
    await payer.hears("Patient.created", linden)
    await payer.save(a_coverage(id="of-linden", beneficiary={"reference": "Patient/linden"}, subscriberId="NS-4471"))
    policy = Policy("Coverage/of-linden", number="NS-4471", relationship="child", subscriber=RIVER)
    child = Person("Patient/linden", "Lindqvist", ("Linden",), "2015-02-02")

    decision = await asked(payer, a_question(patient=child, policies=(policy,)))

    assert decision.insured[0].in_force


async def test_several_policies_have_an_answer_each(payer: Running) -> None:
    policies = (Policy("Coverage/primary", number="NS-4471"), Policy("Coverage/old", number="NS-0001"))

    decision = await asked(payer, a_question(policies=policies))

    assert decision.outcome == "partial"
    assert decision.insured[0].policy.reference == "Coverage/primary"
    assert decision.failures[0].about == "Coverage/old"


async def test_a_product_is_asked_about_by_its_code(payer: Running) -> None:
    product = {"type": {"coding": [{"system": CPT[0], "code": CPT[1]}]}}
    await payer.save(an_insurance_plan(product))

    decision = await asked(payer, a_question(wanted=(Wanted(products=(CPT,)),)))

    assert decision.insured[0].items[0].covered


@pytest.mark.parametrize(
    ("turned", "code"),
    [
        (("NS-4471", "NS-9999"), "other-member"),
        (("19790312", "19800312"), "other-member"),
        (("asked-771-0", "asked-772-0"), "payer-broken"),
        (("SE*", "SE*9"), "payer-broken"),
        (("ISA*", "MSH*"), "payer-broken"),
    ],
)
async def test_an_answer_that_is_wrong_is_not_believed(payer: Running, turned: tuple[str, str], code: str) -> None:
    body = (await answered(payer, a_question())).decode("latin-1").replace(*turned)

    with pytest.raises(Trouble) as trouble:
        read(body.encode("latin-1"), a_question())
    assert trouble.value.code == code


async def test_a_refusal_says_what_the_payer_has_against_it(payer: Running) -> None:
    broken = write(a_question(), MONDAY, "CARELOOM", "NSTAR").replace(b"NM1*IL", b"NM1*QQ")
    deployed = Deployed(payer.service, payer.store, Settings(), payer.clock)
    refused = await reply_to(broken, deployed, ControlNumbers(payer.store))
    old = await reply_to(broken.replace(b"*00501*", b"*00401*"), deployed, ControlNumbers(payer.store))

    for reply, said in ((refused, "999: IK3 NM1 9 2100C 8"), (old, "TA1 017")):
        with pytest.raises(Trouble, match=said) as trouble:
            read(reply.body, a_question())
        assert trouble.value.code == "payer-refused"


WORDS = ("~", "*", "EB*F**PT", "AAA*N", "TA1*1", "HL*4")


@pytest.fixture
async def reply(payer: Running) -> bytes:
    return await answered(payer, a_question())


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=some.data())
def test_nothing_that_a_payer_sends_does_more_than_trouble(reply: bytes, data: some.DataObject) -> None:
    text = reply.decode("latin-1")
    for _ in range(data.draw(some.integers(1, 4))):
        place = data.draw(some.integers(0, len(text)))
        put = data.draw(some.text(some.characters(max_codepoint=255), max_size=8) | some.sampled_from(WORDS))
        text = text[:place] + put + text[place + data.draw(some.integers(0, 30)) :]
    try:
        assert read(text.encode("latin-1"), a_question()).outcome
    except Trouble as trouble:
        assert trouble.code in ("payer-broken", "payer-refused", "other-member")  # noqa: PT017


@pytest.mark.skipif(not SAMPLE.exists(), reason="the X12 sample is not beside the project (../shared/data/x12)")
def test_the_sample_answer_is_read() -> None:
    ours = SAMPLE.read_bytes().replace(b"93175-012547", b"93175-012547-0")
    member = Person(family="Smith", given=("John",), birth_date="1963-05-19")
    question = a_question(trace="93175-012547", patient=member, policies=(Policy(number="123456789"),), wanted=(Wanted("98"),))

    [insured] = read(ours, question).insured

    assert (insured.in_force, insured.plan, insured.days.first) == (True, "GOLD 123 PLAN", date(2006, 1, 1))
    copays = {item.network: str(balance.allowed) for item in insured.items if (balance := item.balance("copay"))}
    assert copays == {"in": "10.00 USD", "out": "30.00 USD"}
