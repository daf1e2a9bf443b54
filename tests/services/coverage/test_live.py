"""Every planned service is checked with the insurers, whatever comes first, and once."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from services.coverage import arriving, pending, routing
from services.coverage.routing import Route
from shared.fhir.element import concept
from shared.store.queue import WAITING
from shared.store.transaction import Transaction
from tests.services.building import (
    PAYOR,
    X12,
    a_benefit,
    a_coverage,
    a_patient,
    a_plan,
    a_service,
    an_appointment,
    an_insurance_plan,
)
from tests.services.town import Running

ANSWERS = "CoverageEligibilityResponse?status=active"


async def hears_of_the_service(coverage: Running) -> None:
    await coverage.hears("ServiceRequest.created", a_service(status="draft"))


async def hears_of_the_plan(coverage: Running) -> None:
    await coverage.hears("CarePlan.created", a_plan(status="draft"))


async def takes_the_coverage(coverage: Running) -> None:
    await coverage.save(a_coverage())


async def takes_the_benefits(coverage: Running) -> None:
    await coverage.save(an_insurance_plan(a_benefit("PT")))


CHANGES: tuple[dict[str, Any], ...] = (
    {"visits": 9},
    {"code": {"text": "Hydrotherapy"}},
    {"occurrenceTiming": {"repeat": {"frequency": 3, "period": 1, "periodUnit": "wk"}}},
    {"performer": [{"reference": "Practitioner/mei"}]},
)
"""A service, each time otherwise than it was."""

NEWS = (hears_of_the_service, hears_of_the_plan, takes_the_coverage, takes_the_benefits)


@pytest.mark.parametrize("order", list(permutations(range(4)))[::5])
async def test_in_any_order_of_news_the_service_is_covered_in_the_end(coverage: Running, order: tuple[int, ...]) -> None:
    for place in order:
        await NEWS[place](coverage)

    answer = await coverage.one(ANSWERS)
    assert answer["outcome"] == "complete"
    assert answer["insurance"][0]["item"][0]["excluded"] is False
    assert answer["disposition"] == "Covered; nothing more has to be done."


async def test_the_same_service_is_asked_for_once_and_again_when_its_content_or_status_changes(coverage: Running) -> None:
    await takes_the_benefits(coverage)
    await takes_the_coverage(coverage)
    await hears_of_the_service(coverage)
    await coverage.hears("ServiceRequest.updated", a_service(status="draft", note=[{"text": "by bus"}]), version=2)
    assert await coverage.count("CoverageEligibilityRequest?") == 1

    await coverage.hears("ServiceRequest.activated", a_service(), version=3)
    assert await coverage.count("CoverageEligibilityRequest?") == 2

    for version, changed in enumerate(CHANGES, 4):
        await coverage.hears("ServiceRequest.updated", a_service(**changed), version=version)
        assert await coverage.count("CoverageEligibilityRequest?") == version - 1
        assert await coverage.count(ANSWERS) == 1


async def test_the_second_insurer_is_asked_when_the_first_does_not_cover(coverage: Running) -> None:
    await coverage.save(an_insurance_plan(a_benefit("AD")))
    await coverage.save(an_insurance_plan(a_benefit("PT"), id="basic", ownedBy={"reference": "Organization/evergreen"}))
    await coverage.save(a_coverage())
    await coverage.save(a_coverage(id="secondary", order=2, payor=[{"reference": "Organization/evergreen"}]))

    await hears_of_the_service(coverage)

    said = {each["insurer"]["reference"]: each["insurance"][0]["item"][0]["excluded"] for each in await coverage.search(ANSWERS)}
    assert said == {PAYOR: True, "Organization/evergreen": False}


async def test_an_activity_that_only_the_plan_speaks_of_is_checked_too(coverage: Running) -> None:
    await takes_the_benefits(coverage)
    await coverage.hears("ServiceRequest.created", {name: value for name, value in a_service().items() if name != "basedOn"})
    await takes_the_coverage(coverage)
    assert await coverage.count(ANSWERS) == 0

    await coverage.hears("CarePlan.created", a_plan())

    assert await coverage.count(ANSWERS) == 1


@pytest.mark.parametrize("whose", ["service", "coverage"])
async def test_a_merge_in_the_middle_makes_two_halves_of_one_patient_meet(coverage: Running, whose: str) -> None:
    twin = {"reference": "Patient/twin"}
    await takes_the_benefits(coverage)
    await coverage.save(a_coverage(beneficiary=twin) if whose == "coverage" else a_coverage())
    service = a_service(subject=twin) if whose == "service" else a_service()
    await coverage.hears("ServiceRequest.created", service)
    assert await coverage.count(ANSWERS) == 0

    link = [{"other": {"reference": "Patient/river"}, "type": "replaced-by"}]
    await coverage.hears("Patient.updated", a_patient(id="twin", link=link), version=2)
    await coverage.passes(timedelta(0))
    if whose == "service":
        await coverage.hears("ServiceRequest.updated", a_service(), version=2)

    answer = await coverage.one(ANSWERS)
    assert (answer["outcome"], answer["insurance"][0]["item"][0]["excluded"]) == ("complete", False)


async def test_a_coverage_that_lapses_takes_its_answers_with_it(coverage: Running) -> None:
    await takes_the_benefits(coverage)
    await takes_the_coverage(coverage)
    await hears_of_the_service(coverage)

    await coverage.save(a_coverage(status="cancelled"))

    assert await coverage.count(ANSWERS) == 0


async def test_while_a_payer_outside_is_asked_again_what_it_said_before_holds(coverage: Running) -> None:
    await coverage.store.unit(lambda tx: routing.plant([Route("outside", (PAYOR,), 30.0)], tx))
    await takes_the_coverage(coverage)
    await hears_of_the_service(coverage)
    await answers_from_outside(coverage, "covered")
    before = await coverage.one(ANSWERS)

    await coverage.hears("ServiceRequest.activated", a_service(), version=2)
    assert await coverage.one(ANSWERS) == before
    await answers_from_outside(coverage, "still covered")
    assert (await coverage.one(ANSWERS))["disposition"] == "still covered"

    await coverage.hears("ServiceRequest.updated", a_service(visits=9), version=3)
    assert await coverage.count(ANSWERS) == 0


async def answers_from_outside(coverage: Running, sentence: str) -> None:
    """What waits for the payer is answered."""
    item = {"category": concept(X12, "PT"), "excluded": False}
    said = {
        "outcome": "complete",
        "disposition": sentence,
        "insurance": [{"coverage": {"reference": "Coverage/primary"}, "inforce": True, "item": [item]}],
    }

    def answered(tx: Transaction) -> None:
        [waiting] = tx.records(pending.KIND, WAITING)
        arriving.arrived(waiting, said, tx)

    await coverage.store.unit(answered)


async def test_who_pays_for_himself_is_asked_about_nothing(coverage: Running) -> None:
    await coverage.save(a_coverage(payor=[{"reference": "Patient/river"}]))

    await hears_of_the_service(coverage)

    assert await coverage.count("CoverageEligibilityRequest?") == 0


async def test_a_service_that_needs_authorization_is_authorized_for_what_the_rules_give(coverage: Running) -> None:
    await coverage.save(an_insurance_plan(a_benefit("MH", needs_authorization=True)))
    await takes_the_coverage(coverage)

    await coverage.hears("ServiceRequest.created", a_service("MH", visits=8), times=2)

    claim, response = await coverage.one("Claim?"), await coverage.one("ClaimResponse?")
    assert (claim["use"], claim["referral"]["reference"]) == ("preauthorization", "ServiceRequest/pt")
    assert response["outcome"] == "complete"
    assert response["item"][0]["adjudication"][0]["value"] == 6
    assert response["preAuthRef"].startswith("PA-")
    assert response["preAuthPeriod"]["end"] == "2026-09-08T13:00:00.000Z"


async def test_visits_count_on_the_authorization_once_and_a_correction_counts_back(coverage: Running) -> None:
    await coverage.save(an_insurance_plan(a_benefit("MH", needs_authorization=True)))
    await takes_the_coverage(coverage)
    await coverage.hears("ServiceRequest.created", a_service("MH", visits=8))

    async def used() -> int:
        values = (await coverage.one("ClaimResponse?"))["item"][0]["adjudication"]
        return int(next((each["value"] for each in values if each["category"]["coding"][0]["code"] == "used-visits"), 0))

    for number in range(3):
        await coverage.hears("Appointment.fulfilled", an_appointment(f"visit-{number}", status="fulfilled"), times=2)
    assert await used() == 3

    await coverage.hears("Appointment.updated", an_appointment("visit-1", status="entered-in-error"), version=2)
    assert await used() == 2


async def test_a_request_for_a_coverage_that_nobody_knows_is_answered_and_not_refused(coverage: Running) -> None:
    request = {
        "resourceType": "CoverageEligibilityRequest",
        "id": "asked",
        "status": "active",
        "purpose": ["benefits"],
        "patient": {"reference": "Patient/river"},
        "created": "2026-05-11",
        "insurer": {"reference": PAYOR},
        "insurance": [{"coverage": {"reference": "Coverage/unknown"}}],
    }

    await coverage.save(request)

    answer = await coverage.one("CoverageEligibilityResponse?request=CoverageEligibilityRequest/asked")
    assert (answer["outcome"], answer["error"][0]["code"]["coding"][0]["code"]) == ("error", "coverage-unknown")
