"""Nobody is booked twice, whichever way a booking comes."""

from __future__ import annotations

import pytest

from shared.fhir.element import concept
from shared.fhir.refusal import Conflict
from tests.services.building import a_schedule, a_slot, an_appointment
from tests.services.town import Resource, Running

ROOM = {"resourceType": "Location", "id": "gym"}
PHYSICAL_TYPE = "http://terminology.hl7.org/CodeSystem/location-physical-type"


def with_others(*actors: str, **elements: object) -> Resource:
    """An appointment at the usual time of people (and places) of its own."""
    participants = [{"actor": {"reference": actor}, "status": "accepted"} for actor in actors]
    return an_appointment(**{"id": "other", "participant": participants, **elements})


@pytest.mark.parametrize("actor", ["Patient/river", "Practitioner/mei"])
async def test_a_person_cannot_be_at_two_visits_at_a_time(scheduling: Running, actor: str) -> None:
    await scheduling.save(an_appointment())

    with pytest.raises(Conflict):
        await scheduling.save(with_others(actor))

    assert await scheduling.read("Appointment", "other") is None


async def test_a_visit_may_begin_when_another_ends(scheduling: Running) -> None:
    await scheduling.save(an_appointment())

    await scheduling.save(with_others("Patient/river", start="2026-05-28T13:45:00Z", end="2026-05-28T14:30:00Z"))

    assert await scheduling.count("Appointment?status=booked") == 2


@pytest.mark.parametrize("status", ["cancelled", "noshow", "entered-in-error", "proposed", "waitlist"])
async def test_what_does_not_take_place_takes_nobodys_time(scheduling: Running, status: str) -> None:
    await scheduling.save(an_appointment(status=status))

    await scheduling.save(with_others("Patient/river"))


async def test_a_cancelled_visit_gives_its_time_back(scheduling: Running) -> None:
    await scheduling.save(an_appointment())
    await scheduling.save(an_appointment(status="cancelled"))

    await scheduling.save(with_others("Practitioner/mei"))


async def test_a_visit_can_be_moved_over_its_own_time(scheduling: Running) -> None:
    await scheduling.save(an_appointment())

    await scheduling.save(an_appointment(start="2026-05-28T13:15:00Z", end="2026-05-28T14:00:00Z"))


async def test_who_has_declined_is_not_there(scheduling: Running) -> None:
    await scheduling.save(an_appointment())
    declined = {"actor": {"reference": "Practitioner/mei"}, "status": "declined"}
    other = {"actor": {"reference": "Patient/other"}, "status": "accepted"}

    await scheduling.save(an_appointment("other", participant=[declined, other]))


async def test_a_practitioner_is_the_same_person_in_every_role(scheduling: Running) -> None:
    role = {"resourceType": "PractitionerRole", "id": "mei-at-harbor", "practitioner": {"reference": "Practitioner/mei"}}
    await scheduling.hears("PractitionerRole.created", role)
    await scheduling.save(an_appointment())

    with pytest.raises(Conflict):
        await scheduling.save(with_others("PractitionerRole/mei-at-harbor"))


@pytest.mark.parametrize(("kind", "collides"), [("ro", True), ("ve", True), ("si", False)])
async def test_a_room_holds_one_visit_at_a_time_and_a_site_many(scheduling: Running, kind: str, collides: bool) -> None:
    await scheduling.hears("Location.created", ROOM | {"physicalType": concept(PHYSICAL_TYPE, kind)})
    await scheduling.save(with_others("Patient/one", "Location/gym", id="first"))

    if collides:
        with pytest.raises(Conflict):
            await scheduling.save(with_others("Patient/two", "Location/gym"))
    else:
        await scheduling.save(with_others("Patient/two", "Location/gym"))


async def test_history_that_is_imported_collides_with_nothing(scheduling: Running) -> None:
    past = {"start": "2019-01-07T09:00:00Z", "end": "2019-01-07T10:00:00Z", "status": "fulfilled"}
    await scheduling.save(an_appointment(**past))

    await scheduling.save(with_others("Patient/river", **past))


async def test_a_booking_keeps_its_slot_busy_and_a_refused_one_names_the_next_free_times(scheduling: Running) -> None:
    await scheduling.save(a_schedule())
    for day in (28, 29):
        await scheduling.save(a_slot(day))
    slot = [{"reference": "Slot/mei-28-13"}]
    await scheduling.save(an_appointment(slot=slot))
    assert (await scheduling.read("Slot", "mei-28-13") or {})["status"] == "busy"

    with pytest.raises(Conflict) as refused:
        await scheduling.save(with_others("Practitioner/mei", slot=slot))
    assert "Slot/mei-29-13" in refused.value.issues[-1].message

    await scheduling.save(an_appointment(slot=slot, status="cancelled"))
    assert (await scheduling.read("Slot", "mei-28-13") or {})["status"] == "free"
