"""An authorization runs out: one task in time, one at its end, and none where nothing is missing."""

from __future__ import annotations

from typing import Any

from tests.services.building import Resource, an_appointment, an_authorization
from tests.services.careplan.test_alerts import at_work as at_work_on
from tests.services.town import Running

RENEWAL, MISSED = "Task?code=urn:careloom:task|renewal", "Task?code=urn:careloom:task|renewal-missed"


async def at_work(careplan: Running) -> str:
    """The id of a service that wants eight visits."""
    service = await at_work_on(careplan)
    await careplan.save((await careplan.read("ServiceRequest", service) or {}) | {"quantityQuantity": {"value": 8}})
    return service


def standing(code: str) -> list[Resource]:
    return [{"url": "urn:careloom:standing", "valueCode": code}]


def running_out(service: str, **elements: Any) -> Resource:
    return an_authorization(6, used=4, request=service, extension=standing("running-out"), **elements)


def a_renewal(service: str, visits: int = 2) -> Resource:
    return an_authorization(visits, request=service, id="renewal")


async def statuses(careplan: Running, query: str) -> list[str]:
    return sorted(task["status"] for task in await careplan.search(query))


async def books(careplan: Running, service: str, *days: str) -> None:
    for day in days:
        visit = an_appointment(f"on-{day}", start=f"{day}T13:00:00Z", basedOn=[{"reference": f"ServiceRequest/{service}"}])
        await careplan.hears("Appointment.booked", visit)


async def test_it_is_one_task_for_the_manager_however_often_it_is_heard(careplan: Running) -> None:
    service = await at_work(careplan)

    await careplan.hears("ClaimResponse.running-out", running_out(service), times=2)
    await careplan.hears("ClaimResponse.updated", running_out(service), version=2)

    task = await careplan.one(RENEWAL)
    assert (task["focus"], task["owner"]) == ({"reference": "ClaimResponse/authorization"}, {"reference": "Practitioner/nadia"})


async def test_it_is_withdrawn_when_the_authorization_is_renewed_and_raised_when_the_renewal_is_taken_back(
    careplan: Running,
) -> None:
    service = await at_work(careplan)
    await books(careplan, service, "2026-06-01", "2026-06-02")
    await careplan.hears("ClaimResponse.running-out", running_out(service))

    await careplan.hears("ClaimResponse.decided", a_renewal(service, 6))
    assert await statuses(careplan, RENEWAL) == ["cancelled"]

    await careplan.hears("ClaimResponse.cancelled", a_renewal(service) | {"status": "cancelled"}, version=2)
    assert await statuses(careplan, RENEWAL) == ["cancelled", "requested"]


async def test_a_renewal_that_is_heard_of_first_leaves_nothing_to_do(careplan: Running) -> None:
    service = await at_work(careplan)
    await books(careplan, service, "2026-06-01", "2026-06-02")
    await careplan.hears("ClaimResponse.decided", a_renewal(service, 6))

    await careplan.hears("ClaimResponse.running-out", running_out(service))

    assert await careplan.count(RENEWAL) == 0


async def test_what_is_booked_before_the_last_day_is_not_missing(careplan: Running) -> None:
    service = await at_work(careplan)
    days = [f"2026-06-{day:02}" for day in range(1, 9)]
    ends = an_authorization(8, used=0, request=service, extension=standing("running-out"), preAuthPeriod={"end": "2026-06-08"})
    await books(careplan, service, *days)

    await careplan.hears("ClaimResponse.running-out", ends)
    assert await careplan.count(RENEWAL) == 0

    await careplan.hears("Appointment.moved", an_appointment(
        "on-2026-06-08", start="2026-06-09T13:00:00Z", basedOn=[{"reference": f"ServiceRequest/{service}"}]
    ), version=2)  # fmt: skip
    assert await statuses(careplan, RENEWAL) == ["requested"]


async def test_at_the_end_the_task_is_another_one_and_the_first_is_gone(careplan: Running) -> None:
    service = await at_work(careplan)
    await careplan.hears("ClaimResponse.running-out", running_out(service))

    over = an_authorization(6, used=6, request=service, extension=standing("used-up"))
    await careplan.hears("ClaimResponse.used-up", over, version=2, times=2)

    assert await statuses(careplan, RENEWAL) == ["cancelled"]
    assert await statuses(careplan, MISSED) == ["requested"]


async def test_what_the_manager_has_done_is_not_asked_for_again(careplan: Running) -> None:
    service = await at_work(careplan)
    await careplan.hears("ClaimResponse.running-out", running_out(service))
    await careplan.save(await careplan.one(RENEWAL) | {"status": "completed"})

    await careplan.hears("ClaimResponse.updated", running_out(service), version=2)

    assert await statuses(careplan, RENEWAL) == ["completed"]


async def test_a_service_that_has_ended_needs_no_renewal(careplan: Running) -> None:
    service = await at_work(careplan)
    await careplan.hears("ClaimResponse.running-out", running_out(service))

    await careplan.save((await careplan.read("ServiceRequest", service) or {}) | {"status": "revoked"})

    assert await statuses(careplan, RENEWAL) == ["cancelled"]
