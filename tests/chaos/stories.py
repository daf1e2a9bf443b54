"""What the driver does in several steps, because something must come of it in other services."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Final

from shared.kernel.clock import system_now
from tests.chaos import resources
from tests.chaos.book import Discharge, Resource, Told, Write, place_of, tag_of, tagged
from tests.chaos.doors import Answer, owner
from tests.chaos.operations import JSON, Worker

LONG_AGO: Final = timedelta(days=20)
"""Within the window in which a discharge is followed up, beyond all that is due in it."""


async def book(worker: Worker, random: Random) -> None:
    """One or two appointments, all or none; asked again until there is an answer."""
    wanted = [
        tagged(resources.appointment(random, f"{worker.tag()}-{number}"), worker.tag())
        for number in range(random.choice((1, 1, 2)))
    ]
    body = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": each} for each in wanted]}
    answer = await worker.doors.insist("scheduling", "POST", "Appointment/$book", body)
    places = tuple(place_of(entry["resource"]) for entry in answer.body.get("entry", ()))
    worker.doors.book.note(Write(worker.tag(), "booking", answer.told, len(wanted), places, str(answer)))
    worker.booked += places


async def cancel(worker: Worker, random: Random) -> None:
    if not worker.booked:
        return
    place = worker.booked.pop(random.randrange(len(worker.booked)))
    body = {"status": "cancelled", "meta": tagged({}, worker.tag())["meta"]}
    await worker.write("cancellation", "scheduling", "PATCH", f"Appointment/{place.id}", body, worker.tag(), JSON)


async def discharge(worker: Worker, random: Random) -> None:
    """A patient with a case leaves the hospital, or has left it long ago: one call and one visit are due, or overdue."""
    id = f"stay-{worker.tag()}"
    subject, overdue = f"Patient/of-{id}", random.random() < 0.5
    ended = system_now() - (LONG_AGO if overdue else timedelta())
    patient = {"resourceType": "Patient", "id": f"of-{id}"}
    if (await _put(worker, patient)) != "acknowledged":
        return
    opening = f"EpisodeOfCare/$open?patient={subject}&model=brokerage&acuity=high"
    case = await worker.doors.insist("intake", "POST", opening)
    if case.told != "acknowledged" or (await _put(worker, resources.stay(id, subject))) != "acknowledged":
        return
    told = await _put(worker, resources.stay(id, subject, ended), before=1)
    worker.doors.book.discharges[id] = Discharge(told, case.body["id"], overdue)


async def visits(worker: Worker, random: Random) -> None:
    """An authorization of six visits, some of which take place."""
    request, subject = f"request-{worker.tag()}", f"Patient/chaos-{random.randrange(50)}"
    if (await _put(worker, resources.service_request(request, subject))) != "acknowledged":
        return
    if (await _put(worker, resources.authorization(f"claim-{request}", request, subject))) != "acknowledged":
        return
    told = worker.doors.book.visits.setdefault(request, [])
    for number in range(random.randint(1, 4)):
        made = resources.visit(f"{request}-{number}", request, f"Patient/for-{request}", number)
        if (await _put(worker, made)) == "acknowledged":
            told.append(await _put(worker, made | {"status": "fulfilled"}, before=1))


async def _put(worker: Worker, resource: Resource, before: int = 0) -> Told:
    """Write a resource under its id on top of the version that was there before (0: none), until there is an answer."""
    reference = f"{resource['resourceType']}/{resource['id']}"
    tag = f"{worker.tag()}-{reference}-{before + 1}"
    headers = {"If-Match": f'W/"{before}"'} if before else {"If-None-Match": "*"}
    answer = await worker.doors.insist(owner(reference), "PUT", reference, tagged(resource, tag), headers)
    if answer.told == "unknown":
        answer = await _found(worker, reference, tag) or answer
    places = (place_of(answer.body),) if answer.told == "acknowledged" else ()
    worker.doors.book.note(Write(tag, "step of a story", answer.told, 1, places, str(answer)))
    return answer.told


async def _found(worker: Worker, reference: str, tag: str) -> Answer | None:
    """The write that had no answer, if it is there."""
    answer = await worker.doors.insist(owner(reference), "GET", reference)
    return answer if answer.status == 200 and tag_of(answer.body) == tag else None
