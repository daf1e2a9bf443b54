"""After a discharge: the clock runs, once, by what is known."""

from __future__ import annotations

from datetime import timedelta

from tests.services.building import a_case, a_discharge, an_encounter
from tests.services.town import Running

CONTACT = "Task?code=urn:careloom:task|transition-contact"
VISIT = "Task?code=urn:careloom:task|transition-visit"
ESCALATION = "Task?code=urn:careloom:task|escalation"


async def at_work_on_a_case(careplan: Running) -> None:
    careplan.clock.now = careplan.clock.now.replace(day=22, hour=20)
    await careplan.hears("EpisodeOfCare.opened", a_case())


async def test_a_discharge_asks_for_a_call_and_a_visit(careplan: Running) -> None:
    await at_work_on_a_case(careplan)

    await careplan.hears("Encounter.discharged", a_discharge())

    contact, visit = await careplan.one(CONTACT), await careplan.one(VISIT)
    assert contact["restriction"]["period"]["end"] == "2026-05-28T03:59:59.000Z"
    assert visit["restriction"]["period"]["end"] == "2026-05-30T03:59:59.000Z"
    assert contact["owner"] == {"reference": "Practitioner/nadia"}


async def test_a_second_delivery_changes_nothing(careplan: Running) -> None:
    await at_work_on_a_case(careplan)

    await careplan.hears("Encounter.discharged", a_discharge(), times=2)
    await careplan.hears("Encounter.updated", a_discharge(), version=2)

    assert await careplan.count("Task?focus=Encounter/stay") == 2


async def test_a_discharge_that_was_known_before_the_case_starts_its_clock_with_the_case(careplan: Running) -> None:
    careplan.clock.now = careplan.clock.now.replace(day=22, hour=20)
    await careplan.hears("Encounter.discharged", a_discharge())
    assert await careplan.count(CONTACT) == 0

    await careplan.hears("EpisodeOfCare.opened", a_case())

    assert await careplan.count(CONTACT) == 1


async def test_history_that_is_imported_starts_no_clock(careplan: Running) -> None:
    await at_work_on_a_case(careplan)

    await careplan.hears("Encounter.discharged", a_discharge("2019-03-01T12:00:00Z"))

    assert await careplan.count("Task?focus=Encounter/stay") == 0


async def test_a_discharge_that_is_undone_takes_its_tasks_back_and_the_next_one_brings_new_ones(careplan: Running) -> None:
    await at_work_on_a_case(careplan)
    await careplan.hears("Encounter.discharged", a_discharge())

    await careplan.hears("Encounter.admitted", an_encounter(), version=2)
    assert await careplan.count(f"{CONTACT}&status=requested") == 0
    await careplan.hears("Encounter.discharged", a_discharge("2026-05-26T19:00:00Z"), version=3)

    contact = await careplan.one(f"{CONTACT}&status=requested")
    assert contact["restriction"]["period"]["end"] == "2026-05-29T03:59:59.000Z"


async def test_an_old_discharge_that_arrives_late_does_not_run_over_newer_news(careplan: Running) -> None:
    await at_work_on_a_case(careplan)
    await careplan.hears("Encounter.admitted", an_encounter(), version=3)

    await careplan.hears("Encounter.discharged", a_discharge(), version=2)

    assert await careplan.count(CONTACT) == 0


async def test_a_corrected_time_of_discharge_moves_what_is_due(careplan: Running) -> None:
    await at_work_on_a_case(careplan)
    await careplan.hears("Encounter.discharged", a_discharge())

    await careplan.hears("Encounter.updated", a_discharge("2026-05-26T19:00:00Z"), version=2)

    contact = await careplan.one(CONTACT)
    assert contact["restriction"]["period"]["end"] == "2026-05-29T03:59:59.000Z"


async def test_what_is_not_done_in_time_is_escalated_once_for_each_milestone(careplan: Running) -> None:
    await at_work_on_a_case(careplan)
    await careplan.hears("Encounter.discharged", a_discharge())
    contact = await careplan.one(CONTACT)

    await careplan.passes(timedelta(days=6))

    escalation = await careplan.one(ESCALATION)
    assert escalation["focus"] == {"reference": f"Task/{contact['id']}"}
    assert escalation["priority"] == "urgent"


async def test_what_is_done_in_time_is_not_escalated(careplan: Running) -> None:
    await at_work_on_a_case(careplan)
    await careplan.hears("Encounter.discharged", a_discharge())
    for task in await careplan.search("Task?focus=Encounter/stay"):
        await careplan.save(task | {"status": "completed"})

    await careplan.passes(timedelta(days=40))

    assert await careplan.count(ESCALATION) == 0
