"""The visits of a plan get their times when the plan is in force and the payer has agreed, in whatever order that is heard."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from itertools import permutations

import pytest

from shared.fhir.refusal import Malformed
from tests.services.building import a_plan, a_schedule, a_service, a_slot, an_answer, an_appointment, an_authorization
from tests.services.town import Running

VISITS = "Appointment?based-on=ServiceRequest/pt"


async def with_free_times(scheduling: Running) -> None:
    await scheduling.save(a_schedule())
    for day in range(12, 31):
        await scheduling.save(a_slot(day))


def hearing(what: str, resource: dict[str, object]) -> Callable[[Running], Awaitable[None]]:
    return lambda scheduling: scheduling.hears(what, resource)


NEWS = (
    hearing("CarePlan.activated", a_plan()),
    hearing("ServiceRequest.activated", a_service()),
    hearing("CoverageEligibilityResponse.created", an_answer()),
)


@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_in_any_order_of_news_all_visits_are_booked(scheduling: Running, order: tuple[int, ...]) -> None:
    await with_free_times(scheduling)

    for place in order:
        await NEWS[place](scheduling)

    assert await scheduling.count(f"{VISITS}&status=booked") == 6
    starts = sorted(visit["start"][8:10] for visit in await scheduling.search(VISITS))
    assert starts == ["12", "15", "18", "21", "24", "27"]


async def test_hearing_it_all_again_books_nothing_more(scheduling: Running) -> None:
    await with_free_times(scheduling)

    for _ in range(2):
        for news in NEWS:
            await news(scheduling)

    assert await scheduling.count(VISITS) == 6


async def test_no_more_is_booked_than_was_authorized_and_the_rest_when_it_is(scheduling: Running) -> None:
    await with_free_times(scheduling)
    await scheduling.hears("CarePlan.activated", a_plan())
    await scheduling.hears("ServiceRequest.activated", a_service(visits=5))
    await scheduling.hears("CoverageEligibilityResponse.created", an_answer(needs_authorization=True))
    assert await scheduling.count(VISITS) == 0

    await scheduling.hears("ClaimResponse.decided", an_authorization(3))
    assert await scheduling.count(VISITS) == 3

    await scheduling.hears("ClaimResponse.decided", an_authorization(2, id="renewal"))
    assert await scheduling.count(VISITS) == 5


async def test_a_service_that_is_not_covered_is_not_booked(scheduling: Running) -> None:
    await with_free_times(scheduling)

    for news in (*NEWS[:2], hearing("CoverageEligibilityResponse.created", an_answer(excluded=True))):
        await news(scheduling)

    assert await scheduling.count(VISITS) == 0


async def test_a_therapist_who_is_elsewhere_is_not_booked(scheduling: Running) -> None:
    await with_free_times(scheduling)
    at_one = {"start": "2026-05-12T13:00:00Z", "end": "2026-05-12T14:00:00Z"}
    there = [{"actor": {"reference": "Practitioner/mei"}, "status": "accepted"}]
    await scheduling.save(
        an_appointment("elsewhere", participant=there, basedOn=[{"reference": "ServiceRequest/else"}], **at_one)
    )

    for news in NEWS:
        await news(scheduling)

    assert min(visit["start"] for visit in await scheduling.search(VISITS)) == "2026-05-13T13:00:00.000Z"


async def test_a_time_that_turns_out_to_be_taken_leaves_the_other_visits_booked(scheduling: Running) -> None:
    await with_free_times(scheduling)
    role = {"resourceType": "PractitionerRole", "id": "mei-at-harbor", "practitioner": {"reference": "Practitioner/mei"}}
    await scheduling.hears("PractitionerRole.created", role)
    in_that_role = [{"actor": {"reference": "PractitionerRole/mei-at-harbor"}, "status": "accepted"}]
    at_one = {"start": "2026-05-12T13:00:00Z", "end": "2026-05-12T14:00:00Z"}
    elsewhere = an_appointment("elsewhere", participant=in_that_role, **at_one)
    elsewhere.pop("basedOn")
    await scheduling.save(elsewhere)

    for news in NEWS:
        await news(scheduling)

    assert await scheduling.count(f"{VISITS}&status=booked") == 5


async def test_a_missed_visit_is_proposed_again_and_booked_by_who_asks(scheduling: Running) -> None:
    await with_free_times(scheduling)
    for news in NEWS:
        await news(scheduling)
    first = min(await scheduling.search(VISITS), key=lambda visit: str(visit["start"]))
    await scheduling.save(first | {"status": "noshow"})

    proposal = await scheduling.call("CarePlan", "$schedule", "plan")
    [wanted] = [entry["resource"] for entry in proposal["entry"]]
    assert await scheduling.count(VISITS) == 6
    for _ in range(2):
        await scheduling.invoke("Appointment", "$book", "", wanted)

    assert await scheduling.count(f"{VISITS}&status=booked") == 6
    assert await scheduling.count(VISITS) == 7


@pytest.mark.parametrize("parameter", [{}, {"valueString": "x"}, {"resource": a_schedule()}])
async def test_only_appointments_can_be_booked(scheduling: Running, parameter: dict[str, object]) -> None:
    body = {"resourceType": "Parameters", "parameter": [{"name": "appointment", **parameter}]}

    with pytest.raises(Malformed):
        await scheduling.invoke("Appointment", "$book", "", body)
