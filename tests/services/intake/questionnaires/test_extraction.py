"""`$extract`: what answers say as other resources."""

from __future__ import annotations

from typing import Any

import pytest

from shared.fhir.refusal import Malformed, NotFound, Unprocessable
from tests.services.building import a_patient
from tests.services.intake.questionnaires.asking import SDC, a_phq_9, a_question, a_questionnaire, a_response, answered
from tests.services.town import Resource, Running

CONDITION = "http://hl7.org/fhir/StructureDefinition/Condition#Condition"
SNOMED = "http://snomed.info/sct"
ASTHMA = {"system": SNOMED, "code": "195967001", "display": "Asthma"}


def begins(type: str) -> Resource:
    definition = {"url": "definition", "valueCanonical": f"http://hl7.org/fhir/StructureDefinition/{type}"}
    return {"url": f"{SDC}definitionExtract", "extension": [definition]}


def fixed(path: str, **value: Any) -> Resource:
    said = [{"url": "definition", "valueUri": f"{CONDITION}.{path}"}, {"url": "fixed-value"} | value]
    return {"url": f"{SDC}definitionExtractValue", "extension": said}


def found(path: str, expression: str) -> Resource:
    value = {"url": "expression", "valueExpression": {"language": "text/fhirpath", "expression": expression}}
    said = [{"url": "definition", "valueUri": f"{CONDITION}.{path}"}, value]
    return {"url": f"{SDC}definitionExtractValue", "extension": said}


def illnesses(*more: Resource) -> Resource:
    """Asks for illnesses, each of which becomes a Condition."""
    group = a_question(
        "group",
        "illness",
        repeats=True,
        extension=[
            begins("Condition"),
            found("subject", "%resource.subject"),
            fixed(
                "verificationStatus",
                valueCodeableConcept={
                    "coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-ver-status", "code": "unconfirmed"}]
                },
            ),
        ],
        item=[
            a_question("choice", "which", definition=f"{CONDITION}.code", answerOption=[{"valueCoding": ASTHMA}]),
            a_question("date", "since", definition=f"{CONDITION}.onset[x]"),
            a_question("text", "more", definition=f"{CONDITION}.note"),
            *more,
        ],
    )
    return a_questionnaire(group)


def ill(since: str, *more: Resource) -> Resource:
    items = [
        answered("which", ASTHMA, name="valueCoding"),
        answered("since", since, name="valueDate"),
        answered("more", "wheezes"),
    ]
    return {"linkId": "illness", "item": [*items, *more]}


async def of(intake: Running, response: Resource, questionnaire: Resource, **more: object) -> list[Resource]:
    made = await intake.call(
        "QuestionnaireResponse", "$extract", **{"questionnaire-response": response, "questionnaire": questionnaire}, **more
    )
    assert (made["resourceType"], made["type"]) == ("Bundle", "transaction")
    for entry in made.get("entry", ()):
        assert entry["request"] == {"method": "PUT", "url": f"{entry['resource']['resourceType']}/{entry['resource']['id']}"}
    return [entry["resource"] for entry in made.get("entry", ())]


async def test_each_group_that_begins_a_resource_makes_one(intake: Running) -> None:
    first, second = await of(intake, a_response(ill("2020-01-01"), ill("2021-01-01")), illnesses())

    assert first["id"] != second["id"]
    assert first | {"id": ""} == {
        "resourceType": "Condition",
        "id": "",
        "subject": {"reference": "Patient/river"},
        "verificationStatus": {
            "coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-ver-status", "code": "unconfirmed"}]
        },
        "code": {"coding": [ASTHMA]},
        "onsetDateTime": "2020-01-01",
        "note": [{"text": "wheezes"}],
    }
    assert await intake.count("Condition?patient=Patient/river") == 0, "it is answered, not stored"


async def test_a_group_that_is_an_element_makes_one_of_each(intake: Running) -> None:
    person = "http://hl7.org/fhir/StructureDefinition/RelatedPerson#RelatedPerson"
    name = a_question(
        "group",
        "name",
        repeats=True,
        definition=f"{person}.name",
        item=[
            a_question(link="given", definition=f"{person}.name.given", repeats=True),
            a_question(link="family", definition=f"{person}.name.family"),
        ],
    )
    telephone = a_question(link="phone", definition=f"{person}.telecom.value")
    asked = a_questionnaire(name, telephone, extension=[begins("RelatedPerson")])
    one = {"linkId": "name", "item": [answered("given", "Ada", "Bo"), answered("family", "Lind")]}
    other = {"linkId": "name", "item": [answered("family", "Qvist")]}

    [made] = await of(intake, a_response(one, other, answered("phone", "555-0100")), asked)

    assert made["name"] == [{"given": ["Ada", "Bo"], "family": "Lind"}, {"family": "Qvist"}]
    assert made["telecom"] == [{"value": "555-0100"}]


async def test_the_older_way_to_begin_a_resource_is_known_too(intake: Running) -> None:
    asked = illnesses()
    asked["item"][0]["extension"][0] = {
        "url": f"{SDC}itemExtractionContext",
        "valueExpression": {"language": "x", "expression": "Condition"},
    }

    [made] = await of(intake, a_response(ill("2020-01-01")), asked)

    assert made["resourceType"] == "Condition"


async def test_what_cannot_be_followed_is_said_and_the_rest_is_made(intake: Running) -> None:
    wrong = (
        a_question(link="a", definition=f"{CONDITION}.nonsense"),
        a_question("integer", "b", definition=f"{CONDITION}.severity"),
    )
    item = ill("2020-01-01", answered("a", "x"), answered("b", 3, name="valueInteger"))

    [made] = await of(intake, a_response(item), illnesses(*wrong))

    assert made["onsetDateTime"] == "2020-01-01"
    assert "severity" not in made


async def test_a_finished_response_leaves_its_resources_on_file_by_itself(intake: Running) -> None:
    await intake.save(a_patient())
    await intake.save(illnesses())

    await intake.save(a_response(ill("2020-01-01"), ill("2021-01-01")))
    await intake.save(a_response(ill("2020-02-02"), status="amended"))

    kept = {
        each["onsetDateTime"]: each["verificationStatus"]["coding"][0]["code"]
        for each in await intake.search("Condition?patient=Patient/river")
    }
    assert kept == {"2020-02-02": "unconfirmed", "2021-01-01": "entered-in-error"}


async def test_a_resource_that_would_not_be_legal_is_left_out_with_a_warning(intake: Running) -> None:
    asked = illnesses()
    del asked["item"][0]["extension"][1]  # without the subject, which a Condition must have
    await intake.save(asked)

    await intake.save(a_response(ill("2020-01-01")))

    assert await intake.read("QuestionnaireResponse", "answered") is not None
    assert await intake.count("Condition") == 0


async def test_what_another_service_owns_is_handed_to_it(intake: Running) -> None:
    goal = "http://hl7.org/fhir/StructureDefinition/Goal#Goal"
    said = [{"url": "definition", "valueUri": f"{goal}.lifecycleStatus"}, {"url": "fixed-value", "valueCode": "proposed"}]
    subject = [
        {"url": "definition", "valueUri": f"{goal}.subject"},
        {"url": "expression", "valueExpression": {"language": "text/fhirpath", "expression": "%resource.subject"}},
    ]
    values = [{"url": f"{SDC}definitionExtractValue", "extension": each} for each in (said, subject)]
    await intake.save(a_questionnaire(a_question(definition=f"{goal}.description"), extension=[begins("Goal"), *values]))

    await intake.save(a_response(answered("q", "walk to the lake")))

    [proposed] = await intake.store.view(
        lambda view: view.connection.rows("SELECT type, name FROM outbox WHERE name = 'proposed'")
    )
    assert tuple(proposed) == ("Goal", "proposed")


async def test_extracted_later_and_stored_when_asked(intake: Running) -> None:
    """The Questionnaire came after the answers."""
    await intake.save(a_response(ill("2020-01-01")))
    await intake.save(illnesses())

    for _ in range(2):
        await intake.call("QuestionnaireResponse", "$extract", "answered", store="true")

    assert await intake.count("Condition?patient=Patient/river") == 1


async def test_extraction_says_what_it_lacks(intake: Running) -> None:
    with pytest.raises(NotFound):
        await intake.call("QuestionnaireResponse", "$extract", "nobody")
    with pytest.raises(Malformed, match="needs a QuestionnaireResponse"):
        await intake.call("QuestionnaireResponse", "$extract")
    with pytest.raises(Unprocessable, match="Questionnaire is not kept here"):
        await intake.call("QuestionnaireResponse", "$extract", **{"questionnaire-response": a_response()})
    with pytest.raises(Unprocessable, match="kept here is stored"):
        await of(intake, a_phq_9(*[0] * 9), await intake.read("Questionnaire", "phq-9-1") or {}, store="true")
