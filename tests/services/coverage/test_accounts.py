"""What a member has used of a plan year: exact, whatever comes twice, late, or corrected."""

from __future__ import annotations

import random
from datetime import date
from itertools import permutations

import pytest

from services.coverage import accounts
from services.coverage.days import Days
from services.coverage.deciding import Used
from tests.services.building import a_coverage, a_plan, a_service, an_appointment, an_insurance_plan
from tests.services.coverage.plans import a_cost, a_plan_with_costs, a_request, an_explanation
from tests.services.town import Running

YEAR = Days(date(2026, 1, 1), date(2026, 12, 31))


async def used(coverage: Running, year: Days = YEAR) -> Used:
    return await coverage.store.view(lambda view: accounts.used("Coverage/primary", year, "USD", view))


async def test_an_explanation_counts_on_deductible_out_of_pocket_and_visits(coverage: Running) -> None:
    await coverage.save(an_explanation(deductible=100.25, copay=25, coinsurance=3.1, benefit=80))

    assert await used(coverage) == Used(100_25, 128_35, {"PT": 1}, {"PT": 80_00})


async def test_a_correction_counts_back_and_a_deletion_takes_all_of_it(coverage: Running) -> None:
    await coverage.save(an_explanation("a", deductible=100))
    await coverage.save(an_explanation("b", deductible=50))
    await coverage.save(an_explanation("a", deductible=70))
    assert (await used(coverage)).deductible == 120_00

    await coverage.save(an_explanation("b", deductible=50) | {"status": "cancelled"})
    await coverage.store.unit(lambda tx: tx.delete("ExplanationOfBenefit", "a"))

    assert await used(coverage) == Used()


async def test_a_bill_counts_on_the_plan_year_of_its_day(coverage: Running) -> None:
    await coverage.save(an_insurance_plan(extension=[{"url": "urn:careloom:plan-year-begins", "valueString": "07-01"}]))
    await coverage.save(a_coverage())
    await coverage.save(an_explanation("before", day="2026-06-30", deductible=10))
    await coverage.save(an_explanation("after", day="2026-07-01", deductible=20))

    years = [Days(date(year, 7, 1), date(year + 1, 6, 30)) for year in (2025, 2026)]
    assert [(await used(coverage, year)).deductible for year in years] == [10_00, 20_00]


async def test_what_was_refused_is_no_visit(coverage: Running) -> None:
    await coverage.save(an_explanation(benefit=0))

    assert (await used(coverage)).visits == {}


async def test_any_order_of_bills_and_corrections_comes_to_the_same(coverage: Running) -> None:
    last = {id: an_explanation(id, deductible=number, copay=number) for number, id in enumerate("abc", 1)}
    for order in permutations("abc"):
        for id in order:
            await coverage.save(an_explanation(id, deductible=99, benefit=1))
            await coverage.save(last[id])

    assert (await used(coverage)).deductible == 6_00


@pytest.mark.parametrize("seed", range(4))
async def test_visits_are_counted_once_in_any_order_of_news_and_however_often_they_are_told(coverage: Running, seed: int) -> None:
    chance = random.Random(seed)
    await coverage.save(an_insurance_plan())
    await coverage.save(a_coverage())
    news = [("ServiceRequest.updated", a_service(visits=8), 1), ("CarePlan.updated", a_plan(), 1)]
    news += [("Appointment.updated", an_appointment(f"v{number}", status="booked"), 1) for number in range(4)]
    news += [("Appointment.updated", an_appointment(f"v{number}", status="fulfilled"), 2) for number in range(4)]
    news += [("Appointment.updated", an_appointment("v3", status="noshow"), 3)]
    told = news * 2
    chance.shuffle(told)

    for what, resource, version in told:
        await coverage.hears(what, resource, version=version)

    assert (await used(coverage)).visits == {"PT": 3}


async def test_a_visit_that_took_place_and_is_billed_is_one_visit(coverage: Running) -> None:
    await coverage.save(an_insurance_plan())
    await coverage.save(a_coverage())
    await coverage.hears("ServiceRequest.created", a_service())
    await coverage.hears("Appointment.fulfilled", an_appointment("v1", status="fulfilled"))
    await coverage.hears("Appointment.fulfilled", an_appointment("v2", status="fulfilled"))

    await coverage.save(an_explanation(benefit=80) | {"referral": {"reference": "ServiceRequest/pt"}})

    assert (await used(coverage)).visits == {"PT": 2}


async def test_the_cost_of_a_plan_is_told_by_activity_and_in_all(coverage: Running) -> None:
    costs = (a_cost("allowed", 120), a_cost("copaypct", 20), a_cost("deductible"))
    await coverage.save(a_plan_with_costs(*costs, deductible=300, out_of_pocket=1000))
    await coverage.save(a_coverage())
    await coverage.save(an_explanation(deductible=100))
    await coverage.hears("ServiceRequest.created", a_service(visits=6))
    await coverage.hears("CarePlan.created", a_plan())

    told = await coverage.call("Coverage", "$cost-estimate", plan="CarePlan/plan")

    [activity] = [each["part"] for each in told["parameter"] if each["name"] == "activity"]
    amounts = {each["name"]: float(each["valueMoney"]["value"]) for each in activity if "valueMoney" in each}
    assert amounts == {
        "allowed": 720, "deductible": 200, "copay": 0, "coinsurance": 104, "not-covered": 0,
        "plan": 416, "others": 0, "patient": 304,
    }  # fmt: skip
    assert activity[-1]["valueString"] == (
        "Physical therapy: 6 visits to come. You pay about 304.00 USD (200.00 USD deductible, 104.00 USD coinsurance); "
        "your plan pays 416.00 USD."
    )
    assert told["parameter"][-1]["valueString"] == "For all visits of the plan you pay about 304.00 USD of 720.00 USD."


async def test_what_has_no_price_is_said_and_not_guessed(coverage: Running) -> None:
    await coverage.save(an_insurance_plan())
    await coverage.save(a_coverage())
    await coverage.hears("ServiceRequest.created", a_service(visits=1))
    await coverage.hears("CarePlan.created", a_plan())

    told = await coverage.call("Coverage", "$cost-estimate", id="primary", plan="CarePlan/plan")

    sentences = [part["valueString"] for each in told["parameter"] for part in each.get("part", ()) if part["name"] == "sentence"]
    assert sentences == [
        "Physical therapy: 1 visit to come. Your plan pays for it, but has no price here; ask the provider what a visit costs."
    ]


async def test_used_benefits_are_seen_by_the_next_question(coverage: Running) -> None:
    await coverage.save(an_insurance_plan())
    await coverage.save(a_coverage())
    await coverage.save(an_explanation(benefit=80))
    await coverage.save(a_request("PT"))

    answer = await coverage.one("CoverageEligibilityResponse?")

    [benefit] = answer["insurance"][0]["item"][0]["benefit"]
    assert (benefit["allowedUnsignedInt"], benefit["usedUnsignedInt"]) == (30, 1)
