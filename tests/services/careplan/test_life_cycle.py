"""A plan is drafted with its case, begins with all its parts, and does not end over open work."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.careplan import models
from shared.fhir.refusal import Unprocessable
from tests.services.building import a_case, an_appointment
from tests.services.town import Resource, Running

REASON = {"url": "http://hl7.org/fhir/StructureDefinition/request-statusReason", "valueCodeableConcept": {"text": "moved away"}}
CHECK_INS = "Task?code=urn:careloom:activity|check-in"


async def a_drafted_plan(careplan: Running) -> Resource:
    await careplan.hears("EpisodeOfCare.opened", a_case())
    return await careplan.one("CarePlan?identifier=urn:careloom:case|case")


async def an_active_plan(careplan: Running) -> Resource:
    plan = await a_drafted_plan(careplan)
    return await careplan.call("CarePlan", "$activate", plan["id"])


async def test_an_opened_case_drafts_its_plan_once(careplan: Running) -> None:
    await careplan.hears("EpisodeOfCare.opened", a_case(), times=2)
    await careplan.hears("EpisodeOfCare.opened", a_case(), version=2)

    assert await careplan.count("CarePlan?status=draft") == 1
    assert await careplan.count("ServiceRequest?status=draft") == 3
    assert await careplan.count("Goal?lifecycle-status=proposed") == 3


async def test_a_case_without_a_model_that_is_known_gets_no_plan(careplan: Running) -> None:
    await careplan.hears("EpisodeOfCare.opened", a_case(model="astrology, and tea"))

    assert await careplan.count("CarePlan?") == 0


async def test_a_model_that_an_organization_changed_is_kept_and_its_newest_version_used(careplan: Running) -> None:
    shipped = await careplan.one("PlanDefinition?url=urn:careloom:model:brokerage")
    changed = {**shipped, "title": "Our own way"}
    await careplan.save(changed)
    await careplan.save({**shipped, "id": "newer", "version": "2.0.0", "title": "Newer", "date": "2026-11-20"})

    await careplan.store.unit(models.ship)

    assert (await careplan.read("PlanDefinition", shipped["id"]) or {})["title"] == "Our own way"
    await careplan.hears("EpisodeOfCare.opened", a_case("brokerage"))
    assert (await careplan.one("CarePlan?"))["title"] == "Newer"


async def test_the_operation_makes_the_same_plan(careplan: Running) -> None:
    plan = await careplan.call(
        "PlanDefinition", "$apply", "clinical-1.0.0", subject={"reference": "Patient/river"}, practitioner="Practitioner/nadia"
    )

    assert (plan["status"], len(plan["activity"]), plan["author"]["reference"]) == ("draft", 5, "Practitioner/nadia")


async def test_an_active_plan_has_active_parts_and_its_first_check_in(careplan: Running) -> None:
    plan = await a_drafted_plan(careplan)
    await careplan.passes(timedelta(days=3))

    await careplan.call("CarePlan", "$activate", plan["id"])

    assert await careplan.count("ServiceRequest?status=active") == 3
    assert await careplan.count("Goal?lifecycle-status=active") == 3
    assert await careplan.count("CareTeam?status=active") == 1
    review = await careplan.one("Task?code=urn:careloom:activity|medication-review")
    assert (review["status"], review["restriction"]["period"]["end"]) == ("requested", "2026-05-21T13:00:00.000Z")
    assert (await careplan.one(CHECK_INS))["restriction"]["period"]["end"] == "2026-05-21T13:00:00.000Z"


async def test_the_next_check_in_comes_when_the_last_is_held(careplan: Running) -> None:
    await an_active_plan(careplan)
    first = await careplan.one(CHECK_INS)

    await careplan.save(first | {"status": "completed"})

    second = await careplan.one(f"{CHECK_INS}&status=requested")
    assert second["restriction"]["period"]["end"] == "2026-05-25T13:00:00.000Z"


async def test_a_check_in_that_is_not_held_is_overdue_at_its_time_and_the_next_one_comes(careplan: Running) -> None:
    await an_active_plan(careplan)
    first = await careplan.one(CHECK_INS)

    await careplan.passes(timedelta(days=7))

    assert "businessStatus" in (await careplan.read("Task", first["id"]) or {})
    assert await careplan.count(f"{CHECK_INS}&status=requested") == 2


async def test_check_ins_rest_with_the_plan(careplan: Running) -> None:
    plan = await an_active_plan(careplan)
    await careplan.save((await careplan.read("CarePlan", plan["id"]) or {}) | {"status": "on-hold"})
    await careplan.passes(timedelta(days=30))
    assert await careplan.count(CHECK_INS) == 1

    await careplan.save((await careplan.read("CarePlan", plan["id"]) or {}) | {"status": "active"})
    await careplan.passes(timedelta(minutes=1))

    assert await careplan.count(CHECK_INS) == 2


async def test_a_plan_is_not_completed_over_open_work(careplan: Running) -> None:
    plan = await an_active_plan(careplan)

    with pytest.raises(Unprocessable) as refused:
        await careplan.save(plan | {"status": "completed"})

    assert [issue.expression for issue in refused.value.issues] == [f"CarePlan.activity[{place}]" for place in range(5)]
    assert (await careplan.read("CarePlan", plan["id"]) or {})["status"] == "active"


async def test_a_plan_that_says_why_is_completed_and_its_work_ends_with_it(careplan: Running) -> None:
    plan = await an_active_plan(careplan)

    await careplan.save(plan | {"status": "completed", "extension": [REASON]})

    assert await careplan.count("Task?status=requested") == 0
    assert await careplan.count("ServiceRequest?status=revoked") == 3
    await careplan.passes(timedelta(days=30))
    assert await careplan.count(CHECK_INS) == 1


async def test_a_service_is_complete_when_all_its_visits_took_place(careplan: Running) -> None:
    await an_active_plan(careplan)
    therapy = await careplan.one("ServiceRequest?code=urn:careloom:activity|physical-therapy")
    based_on = [{"reference": f"ServiceRequest/{therapy['id']}"}]

    for number in range(6):
        visit = an_appointment(f"visit-{number}", status="fulfilled", basedOn=based_on)
        assert (await careplan.read("ServiceRequest", therapy["id"]) or {})["status"] == "active"
        await careplan.hears("Appointment.fulfilled", visit, times=2)

    assert (await careplan.read("ServiceRequest", therapy["id"]) or {})["status"] == "completed"


async def test_the_board_is_computed_and_never_written_into_the_plan(careplan: Running) -> None:
    plan = await an_active_plan(careplan)

    board = await careplan.call("CarePlan", "$status", plan["id"])

    rows = [part for part in board["parameter"] if part["name"] == "activity"]
    assert [row["part"][1]["valueString"] for row in rows][:3] == ["Physical therapy", "Occupational therapy", "Neuropsychology"]
    assert (await careplan.read("CarePlan", plan["id"]) or {})["meta"] == plan["meta"]


async def test_a_case_that_is_closed_over_its_plan_takes_it_along_and_says_why(careplan: Running) -> None:
    plan = await an_active_plan(careplan)
    reason = {"url": "urn:careloom:closing-reason", "valueString": "the family goes on"}

    await careplan.hears("EpisodeOfCare.closed", a_case(status="finished", extension=[reason]), version=2)

    revoked = await careplan.read("CarePlan", plan["id"]) or {}
    assert revoked["status"] == "revoked"
    assert revoked["extension"][-1]["valueCodeableConcept"]["text"] == "the family goes on"


async def test_with_another_manager_the_plan_and_its_open_work_are_theirs(careplan: Running) -> None:
    plan = await an_active_plan(careplan)

    await careplan.hears("EpisodeOfCare.assigned", a_case(careManager={"reference": "Practitioner/ada"}), version=2, times=2)

    assert (await careplan.read("CarePlan", plan["id"]) or {})["author"]["reference"] == "Practitioner/ada"
    tasks = [task for task in await careplan.search("Task?patient=Patient/river") if "owner" in task]
    assert tasks
    assert {task["owner"]["reference"] for task in tasks} == {"Practitioner/ada"}
