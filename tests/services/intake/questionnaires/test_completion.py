"""A response that is finished is checked, scored and extracted where it is stored."""

from __future__ import annotations

from typing import Any

import pytest

from shared.fhir.refusal import Unprocessable
from tests.conftest import DATABASES
from tests.services.building import a_patient
from tests.services.intake.questionnaires.asking import SDC, a_phq_9, a_question, a_questionnaire, a_response, answered
from tests.services.town import Resource, Running

TOTAL = "http://loinc.org|44261-6"
SEVERE, MILD = (3, 3, 3, 3, 3, 3, 2, 0, 0), (1, 1, 1, 1, 1, 0, 0, 0, 0)


@pytest.fixture(autouse=True)
async def river(intake: Running) -> Resource:
    return await intake.save(a_patient())


@pytest.mark.parametrize("new_url", DATABASES, indirect=True)
async def test_the_answers_and_their_score_are_observations(intake: Running) -> None:
    await intake.save(a_phq_9(*SEVERE, encounter={"reference": "Encounter/stay"}))

    score = await intake.one(f"Observation?code={TOTAL}")
    assert (score["valueInteger"], score["interpretation"][0]["coding"][0]["code"], score["status"]) == (20, "severe", "final")
    assert score["derivedFrom"] == [{"reference": "QuestionnaireResponse/answered"}]
    assert (score["effectiveDateTime"], score["performer"]) == ("2026-05-11T12:00:00Z", [{"reference": "Practitioner/nadia"}])
    assert (score["subject"], score["encounter"]) == ({"reference": "Patient/river"}, {"reference": "Encounter/stay"})
    assert score["extension"] == [{"url": "urn:careloom:acts", "valueCode": "physician"}]
    assert await intake.count("Observation?patient=Patient/river&category=survey") == 11
    tired = await intake.one("Observation?code=http://loinc.org|44254-1")
    assert tired["valueCodeableConcept"]["coding"][0]["code"] == "LA6571-9"


async def test_stored_again_nothing_is_there_twice(intake: Running) -> None:
    await intake.save(a_phq_9(*SEVERE))
    await intake.save(a_phq_9(*SEVERE, language="en"))

    assert await intake.count("Observation?patient=Patient/river") == 11
    assert (await intake.one(f"Observation?code={TOTAL}"))["meta"]["versionId"] == "1"


async def test_an_amended_response_amends_what_it_left(intake: Running) -> None:
    await intake.save(a_phq_9(*SEVERE))
    await intake.save(a_phq_9(*MILD, status="amended"))

    score = await intake.one(f"Observation?code={TOTAL}")
    assert (score["valueInteger"], score["status"]) == (5, "amended")


async def test_what_was_a_mistake_takes_everything_with_it(intake: Running) -> None:
    await intake.save(a_phq_9(*SEVERE))
    assert len(await active_flags(intake)) == 1

    await intake.save(a_phq_9(*SEVERE, status="entered-in-error"))

    assert await intake.count("Observation?patient=Patient/river&status=entered-in-error") == 11
    assert (await intake.one("Flag?patient=Patient/river"))["status"] == "inactive"


async def test_a_deleted_response_leaves_nothing_valid(intake: Running) -> None:
    await intake.save(a_phq_9(*SEVERE))

    await intake.store.unit(lambda tx: tx.delete("QuestionnaireResponse", "answered"))

    assert await intake.count("Observation?patient=Patient/river&status=final") == 0


async def test_an_answer_that_is_taken_back_is_withdrawn(intake: Running) -> None:
    await intake.save(a_questionnaire(extracted("a"), extracted("b")))
    await intake.save(a_response(answered("a", "one"), answered("b", "two")))

    await intake.save(a_response(answered("a", "one"), status="amended"))

    statuses = {each["valueString"]: each["status"] for each in await intake.search("Observation?patient=Patient/river")}
    assert statuses == {"one": "amended", "two": "entered-in-error"}


async def test_answers_that_cannot_be_are_refused(intake: Running) -> None:
    wrong = a_phq_9(0, 0)
    wrong["item"][0]["answer"] = [{"valueString": "hardly ever"}]

    with pytest.raises(Unprocessable) as refused:
        await intake.save(wrong)

    assert len(refused.value.issues) == 8
    assert await intake.read("QuestionnaireResponse", "answered") is None


async def test_what_is_still_being_answered_is_neither_complete_nor_extracted(intake: Running) -> None:
    await intake.save(a_phq_9(3, 3, status="in-progress"))

    assert await intake.count("Observation?patient=Patient/river") == 0


async def test_the_flag_follows_the_newest_answers(intake: Running) -> None:
    await intake.save(a_phq_9(*SEVERE))
    await intake.save(a_phq_9(*MILD, id="later", authored="2026-05-20T12:00:00Z"))
    assert await active_flags(intake) == []

    await intake.save(a_phq_9(*MILD, id="later", authored="2026-05-20T12:00:00Z", status="entered-in-error"))

    [flag] = await active_flags(intake)
    assert flag["code"]["text"].endswith("20, severe depression: treatment now, with a specialist")


async def test_an_answer_to_an_unknown_questionnaire_is_kept_as_it_is(intake: Running) -> None:
    await intake.save(a_response(answered("anything", "goes"), questionnaire="http://elsewhere.example/Questionnaire/x"))

    assert await intake.read("QuestionnaireResponse", "answered") is not None


async def test_a_site_keeps_its_own_version_of_what_is_shipped(intake: Running) -> None:
    ours = await intake.read("Questionnaire", "phq-9-1") or {}
    await intake.save(ours | {"title": "As we ask it"})

    await intake.begin()

    assert (await intake.read("Questionnaire", "phq-9-1") or {})["title"] == "As we ask it"
    assert await intake.count("Questionnaire?url=urn:careloom:questionnaire:phq-9") == 1


async def test_a_newer_version_of_a_site_is_the_one_that_is_asked(intake: Running) -> None:
    shipped = await intake.read("Questionnaire", "phq-2-1") or {}
    question = {"linkId": "only", "type": "boolean", "text": "Are you well?"}
    await intake.save(shipped | {"id": "ours", "version": "2", "date": "2026-05-01", "item": [question]})
    response = a_response(answered("only", True, name="valueBoolean"), questionnaire="urn:careloom:questionnaire:phq-2")

    await intake.save(response)
    with pytest.raises(Unprocessable):
        await intake.save(response | {"questionnaire": "urn:careloom:questionnaire:phq-2|1"})


async def active_flags(intake: Running) -> list[Resource]:
    return [flag for flag in await intake.search("Flag?patient=Patient/river") if flag["status"] == "active"]


def extracted(link: str) -> dict[str, Any]:
    wanted = [{"url": f"{SDC}observationExtract", "valueBoolean": True}]
    return a_question(link=link, code=[{"system": "urn:tests", "code": link}], extension=wanted)
