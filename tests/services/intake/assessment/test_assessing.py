"""A patient's RiskAssessment is made when a case is opened, and made anew when what it was made of changes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from shared.fhir.element import code_in, concept
from shared.fhir.refusal import Unprocessable
from tests.conftest import DATABASES
from tests.services.building import a_coverage, a_manager, a_manager_role, a_patient, an_encounter
from tests.services.intake.questionnaires.asking import a_phq_9
from tests.services.town import Resource, Running

ACUITY, COMPLEXITY, PROGRAMME = "urn:careloom:acuity", "urn:careloom:complexity", "urn:careloom:programme"
RIVER = {"reference": "Patient/river"}
ARRIVED = {"hospitalization": {"admitSource": concept("http://terminology.hl7.org/CodeSystem/admit-source", "emd")}}


def an_illness(code: str = "S06.0X1A", **elements: Any) -> Resource:
    illness = {"resourceType": "Condition", "id": "illness", "subject": RIVER}
    return illness | {"code": concept("http://hl7.org/fhir/sid/icd-10-cm", code)} | elements


@pytest.fixture(autouse=True)
async def river(intake: Running) -> None:
    for resource in (a_patient(birthDate="1994-09-03"), a_manager(), a_manager_role()):
        await intake.save(resource)


async def opened(intake: Running, **more: object) -> Resource:
    return await intake.call("EpisodeOfCare", "$open", patient=RIVER, model="clinical", **more)


async def assessed(intake: Running) -> Resource:
    return await intake.call("Patient", "$assess", "river")


def levels(assessment: Resource) -> list[str]:
    return [each["qualitativeRisk"]["coding"][0]["code"] for each in assessment["prediction"]]


@pytest.mark.parametrize("new_url", DATABASES, indirect=True)
async def test_a_case_is_opened_with_the_acuity_that_the_risk_asks_for(intake: Running) -> None:
    await intake.save(an_illness())
    await intake.save(an_encounter(**ARRIVED))

    case = await opened(intake)

    assert (code_in(case["type"], ACUITY), code_in(case["type"], COMPLEXITY)) == ("high", "high")
    assert code_in(case["type"], PROGRAMME) == "complex-care"
    assessment = await intake.one("RiskAssessment?patient=Patient/river")
    assert levels(assessment) == ["low", "high", "high"]
    assert assessment["prediction"][0]["rationale"].startswith("3 points: length of stay 0, emergency admission 3")
    assert {each["reference"] for each in assessment["basis"]} == {"Encounter/stay", "Condition/illness"}
    assert assessment["encounter"] == {"reference": "Encounter/stay"}


async def test_what_changes_is_looked_at_again_and_the_open_case_follows(intake: Running) -> None:
    case = await opened(intake)
    assert code_in(case["type"], ACUITY) == "low"

    await intake.save(a_phq_9(3, 3, 3, 3, 3, 3, 2, 0, 0))
    await intake.passes(timedelta(0))

    followed = await intake.read("EpisodeOfCare", case["id"]) or {}
    assert code_in(followed["type"], ACUITY) == "high"
    assert levels(await intake.one("RiskAssessment?patient=Patient/river")) == ["low", "high", "moderate"]

    await intake.save(a_phq_9(3, 3, 3, 3, 3, 3, 2, 0, 0, status="entered-in-error"))
    await intake.passes(timedelta(0))

    assert code_in((await intake.read("EpisodeOfCare", case["id"]) or {})["type"], ACUITY) == "low"


async def test_an_acuity_that_somebody_decided_on_stays(intake: Running) -> None:
    case = await opened(intake, acuity="medium")

    await intake.save(an_illness())
    await intake.passes(timedelta(0))

    kept = await intake.read("EpisodeOfCare", case["id"]) or {}
    assert (code_in(kept["type"], ACUITY), code_in(kept["type"], COMPLEXITY)) == ("medium", "moderate")
    assert levels(await intake.one("RiskAssessment?patient=Patient/river")) == ["low", "high", "high"]


async def test_the_same_result_makes_no_new_version(intake: Running) -> None:
    await assessed(intake)
    await intake.save(an_illness("J00"))
    await intake.passes(timedelta(0))
    await intake.passes(timedelta(days=1))

    assert (await assessed(intake))["meta"]["versionId"] == "1"


async def test_who_was_never_assessed_is_not_assessed_for_every_message(intake: Running) -> None:
    await intake.save(an_encounter())
    await intake.save(an_illness())
    await intake.passes(timedelta(0))

    assert await intake.count("RiskAssessment") == 0


async def test_many_earlier_visits_raise_a_flag_that_is_lowered_when_they_are_long_ago(intake: Running) -> None:
    for number in range(4):
        await intake.save(
            an_encounter("EMER", id=f"er{number}", status="finished", period={"start": "2026-02-01", "end": "2026-02-01"})
        )

    await assessed(intake)
    [flag] = await intake.search("Flag?patient=Patient/river")
    assert (flag["status"], flag["code"]["coding"][0]["code"]) == ("active", "frequent-visits")
    await intake.passes(timedelta(days=120))
    await assessed(intake)

    assert (await intake.one("Flag?patient=Patient/river"))["status"] == "inactive"


async def test_the_visit_by_which_somebody_came_in_is_no_earlier_one(intake: Running) -> None:
    await intake.save(
        an_encounter("EMER", id="er", status="finished", period={"start": "2026-05-11T12:30:00Z", "end": "2026-05-11T14:20:00Z"})
    )
    await intake.save(an_encounter())

    score = (await assessed(intake))["prediction"][0]["rationale"]

    assert score == "3 points: length of stay 0, emergency admission 3, comorbidity 0, earlier visits 0"


async def test_a_programme_that_was_asked_for_must_fit_where_it_is_strict(intake: Running) -> None:
    with pytest.raises(Unprocessable, match="does not qualify, has none of brain injury or spinal cord injury"):
        await opened(intake, programme="tcm-brain-injury")
    assert await intake.count("EpisodeOfCare") == 0

    await intake.save(an_illness())
    await intake.hears("Coverage.created", a_coverage(type=concept("https://nahdo.org/sopt", "2")))
    case = await opened(intake, programme="tcm-brain-injury")

    assert code_in(case["type"], PROGRAMME) == "tcm-brain-injury"
    assert case["extension"] == [{"url": "urn:careloom:needs-credential", "valueCode": "CCM"}]


async def test_a_programme_that_is_not_strict_takes_who_does_not_fit(intake: Running) -> None:
    case = await opened(intake, programme="chronic-care")

    assert code_in(case["type"], PROGRAMME) == "chronic-care"


async def test_it_is_explained_who_qualifies_for_what(intake: Running) -> None:
    await intake.save(an_illness())

    answer = await intake.call("Patient", "$programmes", "river")

    first = {part["name"]: next(value for key, value in part.items() if key != "name") for part in answer["parameter"][0]["part"]}
    assert first == {"code": "complex-care", "title": "Complex care", "fits": True, "holds": "acuity is high"}
    assert len(answer["parameter"]) == 7
