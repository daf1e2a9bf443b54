"""A case is opened with a manager who has room, and closed with its outcome."""

from __future__ import annotations

import pytest

from shared.fhir.refusal import Conflict, Malformed, NotFound
from tests.services.building import MANAGER, PATIENT, a_case, a_manager, a_manager_role, a_patient, a_plan, an_appointment
from tests.services.town import Resource, Running


async def with_a_manager(intake: Running, capacity: int = 60) -> None:
    for resource in (a_patient(), a_manager(), a_manager_role(capacity)):
        await intake.save(resource)


async def opened(intake: Running, patient: str = PATIENT, acuity: str = "high", **more: object) -> Resource:
    return await intake.call("EpisodeOfCare", "$open", patient={"reference": patient}, model="clinical", acuity=acuity, **more)


async def test_a_case_is_given_to_a_certified_manager_with_room(intake: Running) -> None:
    await with_a_manager(intake)

    case = await opened(intake)

    assert (case["status"], case["careManager"]["reference"]) == ("active", MANAGER)


async def test_who_is_not_certified_is_given_no_case(intake: Running) -> None:
    await with_a_manager(intake)
    await intake.save(a_manager(qualification=[{"code": {"text": "friendly"}}]))

    assert (await opened(intake))["status"] == "waitlist"


async def test_a_case_belongs_to_the_practice_of_its_manager(intake: Running) -> None:
    await with_a_manager(intake)
    await intake.save(a_manager_role(organization={"reference": "Organization/harbor"}))

    assert (await opened(intake))["managingOrganization"] == {"reference": "Organization/harbor"}


async def test_asked_twice_the_case_is_opened_once(intake: Running) -> None:
    await with_a_manager(intake)

    first, second = await opened(intake), await opened(intake)

    assert first["id"] == second["id"]
    assert await intake.count(f"EpisodeOfCare?patient={PATIENT}") == 1


async def test_when_all_managers_are_full_a_case_waits_and_moves_up_when_one_is_closed(intake: Running) -> None:
    await with_a_manager(intake, capacity=6)
    for id in ("second", "third"):
        await intake.save(a_patient(id=id))
    first = await opened(intake)
    calm = await opened(intake, "Patient/second", acuity="low")
    urgent = await opened(intake, "Patient/third", acuity="high")
    assert (calm["status"], urgent["status"]) == ("waitlist", "waitlist")

    await intake.call("EpisodeOfCare", "$close", first["id"], outcome="goals-met")

    assert (await intake.read("EpisodeOfCare", urgent["id"]) or {})["status"] == "active"
    assert (await intake.read("EpisodeOfCare", calm["id"]) or {})["status"] == "waitlist"


async def test_the_manager_who_was_asked_for_must_be_one(intake: Running) -> None:
    await with_a_manager(intake)

    with pytest.raises(Conflict, match="no case manager"):
        await opened(intake, manager={"reference": "Practitioner/nobody"})


async def test_what_a_case_needs_must_be_said(intake: Running) -> None:
    await with_a_manager(intake)

    with pytest.raises(Malformed, match="acuity is one of high, low, medium"):
        await opened(intake, acuity="terrible")
    with pytest.raises(NotFound, match="Patient/stranger"):
        await opened(intake, "Patient/stranger")


async def test_a_case_is_closed_with_its_outcome_on_file(intake: Running) -> None:
    await intake.save(a_case())

    case = await intake.call("EpisodeOfCare", "$close", "case", outcome="goals-met", note="walks again")

    assert case["status"] == "finished"
    assert case["period"]["end"] == "2026-05-11T13:00:00.000Z"
    assert case["extension"][0]["valueCodeableConcept"]["coding"][0]["code"] == "goals-met"


async def test_a_case_is_not_closed_over_a_plan_that_is_in_force(intake: Running) -> None:
    await intake.save(a_case())
    await intake.hears("CarePlan.activated", a_plan())

    with pytest.raises(Conflict, match="CarePlan/plan"):
        await intake.call("EpisodeOfCare", "$close", "case", outcome="goals-met")

    await intake.hears("CarePlan.completed", a_plan(status="completed"), version=2)
    assert (await intake.call("EpisodeOfCare", "$close", "case", outcome="goals-met"))["status"] == "finished"


async def test_a_case_is_not_closed_over_open_work_without_a_reason(intake: Running) -> None:
    await intake.save(a_case())
    task = {"resourceType": "Task", "id": "call", "status": "requested", "intent": "order", "for": {"reference": PATIENT}}
    await intake.hears("Task.created", task)
    await intake.hears("Appointment.booked", an_appointment())

    with pytest.raises(Conflict) as refused:
        await intake.call("EpisodeOfCare", "$close", "case", outcome="goals-partly-met")

    assert len(refused.value.issues) == 2
    case = await intake.call("EpisodeOfCare", "$close", "case", outcome="goals-partly-met", reason="the family goes on")
    assert case["extension"][0] == {"url": "urn:careloom:closing-reason", "valueString": "the family goes on"}


async def test_an_outcome_that_leaves_work_open_by_itself_needs_no_other_reason(intake: Running) -> None:
    await intake.save(a_case())
    await intake.hears("CarePlan.activated", a_plan())

    case = await intake.call("EpisodeOfCare", "$close", "case", outcome="moved-away")

    assert case["status"] == "finished"
    assert case["extension"][0]["valueString"] == "the patient moved away"
