"""`$populate`: a questionnaire comes with what is known already."""

from __future__ import annotations

from typing import Any

import pytest

from shared.fhir.element import concept
from shared.fhir.refusal import Malformed, NotFound
from tests.services.building import a_patient, an_encounter
from tests.services.intake.questionnaires.asking import LOINC, SDC, a_question, a_questionnaire
from tests.services.town import Resource, Running


def initially(expression: str) -> list[Resource]:
    said = {"language": "text/fhirpath", "expression": expression}
    return [{"url": f"{SDC}initialExpression", "valueExpression": said}]


async def filled(intake: Running, *questions: Resource, **elements: Any) -> tuple[dict[str, list[Any]], list[str]]:
    """Answers by linkId, and what could not be filled in."""
    await intake.save(a_patient(birthDate="1994-09-03", gender="other"))
    return taken(
        await intake.call("Questionnaire", "$populate", questionnaire=a_questionnaire(*questions, **elements), subject=RIVER)
    )


def taken(answer: Resource) -> tuple[dict[str, list[Any]], list[str]]:
    parts = {each["name"]: each["resource"] for each in answer["parameter"]}
    answers = {
        item["linkId"]: [next(iter(each.values())) for each in item["answer"]] for item in parts["response"].get("item", ())
    }
    return answers, [issue["diagnostics"] for issue in parts.get("issues", {}).get("issue", ())]


RIVER = {"reference": "Patient/river"}


async def test_a_question_is_filled_in_by_its_own_expression(intake: Running) -> None:
    answers, issues = await filled(
        intake,
        a_question("date", "born", extension=initially("%patient.birthDate")),
        a_question("string", "name", extension=initially("%patient.name.family")),
        a_question("boolean", "adult", extension=initially("%patient.birthDate < @2008-01-01")),
    )

    assert (answers, issues) == ({"born": ["1994-09-03"], "name": ["Lindqvist"], "adult": [True]}, [])


async def test_a_variable_may_be_a_query(intake: Running) -> None:
    await intake.save({"resourceType": "Condition", "id": "c", "subject": RIVER, "code": {"text": "Fracture"}})
    variable = {
        "url": "http://hl7.org/fhir/StructureDefinition/variable",
        "valueExpression": {
            "name": "ills",
            "language": "application/x-fhir-query",
            "expression": "Condition?patient={{%patient.id}}",
        },
    }

    answers, _ = await filled(
        intake,
        a_question("string", "ill", repeats=True, extension=initially("%ills.entry.resource.code.text")),
        extension=[variable],
    )

    assert answers == {"ill": ["Fracture"]}


async def test_a_question_is_filled_in_by_the_newest_observation_of_its_code(intake: Running) -> None:
    for id, day, pounds in (("old", "2025-01-01", 150), ("newer", "2026-05-01", 140)):
        weight = {"resourceType": "Observation", "id": id, "status": "final", "code": concept(LOINC, "29463-7"), "subject": RIVER}
        await intake.save(weight | {"effectiveDateTime": day, "valueQuantity": {"value": pounds, "unit": "lb"}})
    period = {
        "url": f"{SDC}observationLinkPeriod",
        "valueDuration": {"value": 1, "code": "a", "system": "http://unitsofmeasure.org"},
    }
    weight_of = a_question("quantity", "weight", code=[{"system": LOINC, "code": "29463-7"}], extension=[period])
    height_of = a_question("quantity", "height", code=[{"system": LOINC, "code": "8302-2"}], extension=[period])

    answers, _ = await filled(intake, weight_of, height_of)

    assert answers == {"weight": [{"value": 140, "unit": "lb"}]}


async def test_a_question_is_filled_in_by_the_element_that_it_is_defined_as(intake: Running) -> None:
    definition = "http://hl7.org/fhir/StructureDefinition/Patient#Patient.gender"
    options = [
        {"valueCoding": {"system": "http://hl7.org/fhir/administrative-gender", "code": code}} for code in ("female", "other")
    ]

    answers, _ = await filled(intake, a_question("choice", "gender", definition=definition, answerOption=options))

    assert answers["gender"][0]["code"] == "other"


async def test_groups_that_nothing_is_known_of_are_left_out_and_initial_values_stand(intake: Running) -> None:
    await intake.save(a_patient())
    group = a_question("group", "g", item=[a_question(link="inner", initial=[{"valueString": "usual"}])])
    asked = a_questionnaire(group, a_question("group", "empty", item=[a_question(link="x")]))

    answer = await intake.call("Questionnaire", "$populate", questionnaire=asked, subject=RIVER)

    [item] = answer["parameter"][0]["resource"]["item"]
    assert (item["linkId"], item["item"][0]["answer"]) == ("g", [{"valueString": "usual"}])


async def test_an_expression_that_makes_no_sense_is_said_and_the_rest_is_filled_in(intake: Running) -> None:
    answers, issues = await filled(
        intake,
        a_question("string", "a", extension=initially("%nobody.name")),
        a_question("string", "b", extension=initially("%patient.(")),
        a_question("integer", "c", extension=initially("%patient.name.family")),
        a_question("date", "born", extension=initially("%patient.birthDate")),
    )

    assert answers == {"born": ["1994-09-03"]}
    assert len(issues) == 3


async def test_what_the_caller_brings_along_has_its_name(intake: Running) -> None:
    await intake.save(a_patient())
    asked = a_questionnaire(a_question("string", "who", extension=initially("%user.name.family")))
    context = {
        "name": "context",
        "part": [
            {"name": "name", "valueString": "user"},
            {"name": "content", "resource": {"resourceType": "Practitioner", "name": [{"family": "Okafor"}]}},
        ],
    }
    parameters = [{"name": "questionnaire", "resource": asked}, {"name": "subject", "valueReference": RIVER}, context]

    answer = await intake.invoke("Questionnaire", "$populate", "", {"resourceType": "Parameters", "parameter": parameters})

    assert taken(answer)[0] == {"who": ["Okafor"]}


async def test_the_readmission_questionnaire_is_filled_in_from_what_is_known(intake: Running) -> None:
    await intake.save(a_patient())
    arrival = {"hospitalization": {"admitSource": concept("http://terminology.hl7.org/CodeSystem/admit-source", "emd")}}
    await intake.save(an_encounter(period={"start": "2026-05-06T12:00:00Z"}, **arrival))
    await intake.save(an_encounter("EMER", id="before", status="finished", period={"start": "2026-02-01", "end": "2026-02-01"}))

    answer = await intake.call("Questionnaire", "$populate", canonical="urn:careloom:questionnaire:readmission", subject=RIVER)

    assert taken(answer)[0] == {"length-of-stay": [5], "emergency": [True], "comorbidity": [0], "earlier-visits": [1]}
    response = answer["parameter"][0]["resource"]
    assert response["encounter"] == {"reference": "Encounter/stay"}
    await intake.save(response | {"id": "filled", "status": "completed"})
    score = await intake.one("Observation?code=urn:careloom:assessment|readmission-score")
    assert (score["valueInteger"], score["interpretation"][0]["coding"][0]["code"]) == (4 + 3 + 0 + 1, "moderate")


async def test_what_to_fill_in_and_for_whom_must_be_said(intake: Running) -> None:
    with pytest.raises(NotFound, match="Questionnaire"):
        await intake.call("Questionnaire", "$populate", canonical="urn:nothing", subject=RIVER)
    with pytest.raises(Malformed, match="subject"):
        await intake.call("Questionnaire", "$populate", canonical="urn:careloom:questionnaire:phq-2")
    with pytest.raises(NotFound, match="Patient/river"):
        await intake.call("Questionnaire", "$populate", canonical="urn:careloom:questionnaire:phq-2", subject=RIVER)
