"""Coverages and plan years begin and end without a word from anybody: what was checked is checked again then."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.services.building import PAYOR, a_benefit, a_coverage, a_service, an_insurance_plan
from tests.services.town import Running

ANSWERS = "CoverageEligibilityResponse?status=active"


async def said(coverage: Running) -> list[str]:
    return [answer["disposition"].partition(";")[0] for answer in await coverage.search(ANSWERS)]


async def with_a_service(coverage: Running, **period: Any) -> None:
    await coverage.save(an_insurance_plan(a_benefit("PT")))
    await coverage.save(a_coverage(period=period))
    await coverage.hears("ServiceRequest.created", a_service())


async def test_a_coverage_that_ends_by_its_date_covers_on_its_last_day_and_not_after(coverage: Running) -> None:
    await with_a_service(coverage, end="2026-05-31")

    await coverage.passes(timedelta(days=20))
    assert await said(coverage) == ["Covered"]
    await coverage.passes(timedelta(days=1))

    assert await said(coverage) == ["The coverage has ended"]


async def test_after_the_first_insurers_last_day_the_next_one_is_asked(coverage: Running) -> None:
    await coverage.save(an_insurance_plan(a_benefit("PT"), id="basic", ownedBy={"reference": "Organization/evergreen"}))
    await coverage.save(a_coverage(id="secondary", order=2, payor=[{"reference": "Organization/evergreen"}]))
    await with_a_service(coverage, end="2026-05-31")
    assert [answer["insurer"]["reference"] for answer in await coverage.search(ANSWERS)] == [PAYOR]

    await coverage.passes(timedelta(days=21))

    answers = {answer["insurer"]["reference"]: answer["insurance"][0]["inforce"] for answer in await coverage.search(ANSWERS)}
    assert answers == {PAYOR: False, "Organization/evergreen": True}


async def test_a_coverage_that_begins_by_its_date_covers_from_then(coverage: Running) -> None:
    await with_a_service(coverage, start="2026-06-01")
    assert await said(coverage) == ["The coverage has not begun"]

    await coverage.passes(timedelta(days=21))

    assert await said(coverage) == ["Covered"]


async def test_a_new_plan_year_is_a_new_answer_and_the_one_after_it_too(coverage: Running) -> None:
    await with_a_service(coverage, start="2026-01-01")
    asked = await coverage.count("CoverageEligibilityRequest?")

    for year in (1, 2):
        await coverage.passes(timedelta(days=365))
        assert await coverage.count("CoverageEligibilityRequest?") == asked + year
    assert await coverage.count(ANSWERS) == 1


async def test_a_plan_that_comes_later_brings_its_year_along(coverage: Running) -> None:
    await coverage.save(a_coverage(period={"start": "2026-01-01"}))
    await coverage.hears("ServiceRequest.created", a_service())
    await coverage.save(an_insurance_plan(extension=[{"url": "urn:careloom:plan-year-begins", "valueString": "07-01"}]))
    asked = await coverage.count("CoverageEligibilityRequest?")

    await coverage.passes(timedelta(days=52))

    assert await coverage.count("CoverageEligibilityRequest?") == asked + 1


async def test_a_cancelled_coverage_does_not_turn(coverage: Running) -> None:
    await with_a_service(coverage, end="2026-05-31")
    await coverage.save(a_coverage(status="cancelled", period={"end": "2026-05-31"}))
    asked = await coverage.count("CoverageEligibilityRequest?")

    await coverage.passes(timedelta(days=60))

    assert await coverage.count("CoverageEligibilityRequest?") == asked
