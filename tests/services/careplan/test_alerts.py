"""What the manager must know at once: one task each, however often it is heard."""

from __future__ import annotations

from tests.services.building import a_case, an_appointment, an_encounter
from tests.services.town import Running

EMERGENCY = an_encounter("EMER", id="emergency")


async def at_work(careplan: Running) -> str:
    """The id of the neuropsychology service of a plan in force."""
    await careplan.hears("EpisodeOfCare.opened", a_case())
    plan = await careplan.one("CarePlan?")
    await careplan.call("CarePlan", "$activate", plan["id"])
    return str((await careplan.one("ServiceRequest?code=urn:careloom:activity|neuropsychology"))["id"])


async def test_an_emergency_visit_raises_an_alert_and_a_review_of_the_plan(careplan: Running) -> None:
    await at_work(careplan)

    await careplan.hears("Encounter.emergency", EMERGENCY, times=2)
    await careplan.hears("Encounter.emergency", EMERGENCY, version=3)

    alert = await careplan.one("Task?code=urn:careloom:task|alert")
    review = await careplan.one("Task?code=urn:careloom:task|plan-review")
    assert (alert["priority"], alert["owner"]["reference"]) == ("stat", "Practitioner/nadia")
    assert review["focus"] == {"reference": "Encounter/emergency"}


async def test_an_emergency_of_who_has_no_case_is_nobodys_task(careplan: Running) -> None:
    await careplan.hears("Encounter.emergency", EMERGENCY)

    assert await careplan.count("Task?focus=Encounter/emergency") == 0


async def test_a_missed_visit_is_one_task_for_the_manager(careplan: Running) -> None:
    service = await at_work(careplan)
    missed = an_appointment(status="noshow", basedOn=[{"reference": f"ServiceRequest/{service}"}])

    await careplan.hears("Appointment.noshow", missed, times=2)

    task = await careplan.one("Task?code=urn:careloom:task|missed-visit")
    assert task["focus"] == {"reference": "Appointment/visit-1"}
    assert task["for"] == {"reference": "Patient/river"}


async def test_a_missed_visit_that_was_corrected_before_it_was_heard_is_no_task(careplan: Running) -> None:
    based_on = [{"reference": f"ServiceRequest/{await at_work(careplan)}"}]
    await careplan.hears("Appointment.fulfilled", an_appointment(status="fulfilled", basedOn=based_on), version=3)

    await careplan.hears("Appointment.noshow", an_appointment(status="noshow", basedOn=based_on), version=2)

    assert await careplan.count("Task?code=urn:careloom:task|missed-visit") == 0


def a_score(**elements: object) -> dict[str, object]:
    made = {
        "resourceType": "Observation",
        "id": "phq",
        "status": "final",
        "code": {"text": "PHQ-9"},
        "subject": {"reference": "Patient/river"},
        "effectiveDateTime": "2026-05-20T12:00:00Z",
        "extension": [{"url": "urn:careloom:acts", "valueCode": "crisis-team"}],
        "interpretation": [{"text": "thoughts of self-harm"}],
    }
    return made | elements


async def test_a_score_that_asks_for_action_is_a_task_for_the_manager(careplan: Running) -> None:
    await at_work(careplan)

    await careplan.hears("Observation.needs-action", a_score(), times=2)

    task = await careplan.one("Task?code=urn:careloom:task|score")
    assert (task["description"], task["owner"]["reference"]) == ("Crisis team: thoughts of self-harm", "Practitioner/nadia")


async def test_a_score_from_before_the_case_is_no_news(careplan: Running) -> None:
    await at_work(careplan)

    await careplan.hears("Observation.needs-action", a_score(effectiveDateTime="2026-05-11T12:00:00.000Z"))
    await careplan.hears("Observation.needs-action", a_score(id="wrong", status="entered-in-error"))

    assert await careplan.count("Task?code=urn:careloom:task|score") == 0
