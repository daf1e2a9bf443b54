"""Answers against their questions."""

from __future__ import annotations

from typing import Any

import pytest

from services.intake.questionnaires.validation import faults
from tests.services.intake.questionnaires.asking import a_question, a_questionnaire, a_response, answered

RED, BLUE = ({"system": "urn:colours", "code": code} for code in ("red", "blue"))
OPTIONS = [{"valueCoding": RED | {"display": "Red"}}, {"valueCoding": BLUE}]


def said(questionnaire: dict[str, Any], response: dict[str, Any]) -> list[str]:
    return [f"{issue.expression}: {issue.message}" for issue in faults(questionnaire, response)]


@pytest.mark.parametrize(
    ("type", "name", "value"),
    [
        ("boolean", "valueBoolean", True),
        ("decimal", "valueDecimal", 1.5),
        ("integer", "valueInteger", 3),
        ("date", "valueDate", "2026-05-11"),
        ("dateTime", "valueDateTime", "2026-05-11T12:00:00Z"),
        ("time", "valueTime", "12:00:00"),
        ("string", "valueString", "yes"),
        ("text", "valueString", "yes"),
        ("url", "valueUri", "urn:x"),
        ("choice", "valueCoding", RED),
        ("open-choice", "valueString", "green"),
        ("quantity", "valueQuantity", {"value": 3}),
        ("reference", "valueReference", {"reference": "Patient/river"}),
        ("attachment", "valueAttachment", {"url": "urn:x"}),
    ],
)
def test_each_type_of_question_takes_its_own_type_of_answer(type: str, name: str, value: Any) -> None:
    asked = a_questionnaire(a_question(type))
    other = "valueTime" if name != "valueTime" else "valueString"

    assert said(asked, a_response(answered("q", value, name=name))) == []
    [fault] = said(asked, a_response(answered("q", "12:00:00", name=other)))
    assert fault.startswith("QuestionnaireResponse.item[0].answer[0]: 'q' is answered by")


def test_a_choice_is_one_of_its_options_whatever_they_are_called() -> None:
    asked = a_questionnaire(a_question("choice", answerOption=OPTIONS))
    green = {"system": "urn:colours", "code": "green"}

    assert said(asked, a_response(answered("q", RED | {"display": "Rouge"}, name="valueCoding"))) == []
    assert said(asked, a_response(answered("q", green, name="valueCoding"))) == [
        "QuestionnaireResponse.item[0].answer[0]: green is none of the answers to 'q'"
    ]


def test_what_is_required_is_missed_only_of_a_response_that_is_finished() -> None:
    asked = a_questionnaire(a_question(required=True))

    assert said(asked, a_response()) == ["QuestionnaireResponse: 'q' is not answered: Question q"]
    assert said(asked, a_response(answered("q"))) == ["QuestionnaireResponse.item[0]: 'q' is not answered: Question q"]
    assert said(asked, a_response(status="in-progress")) == []


def test_what_is_not_asked_is_not_answered() -> None:
    asked = a_questionnaire(a_question("group", "g", item=[a_question()]))

    assert said(asked, a_response(answered("q", "here"))) == ["QuestionnaireResponse.item[0].linkId: 'q' is not asked here"]
    assert said(asked, a_response({"linkId": "g", "item": [answered("q", "here")]})) == []


def test_a_question_has_one_answer_unless_it_repeats() -> None:
    once, often = a_questionnaire(a_question()), a_questionnaire(a_question(repeats=True))
    two = a_response(answered("q", "one", "two"))

    assert said(once, two) == ["QuestionnaireResponse.item[0].answer: 'q' has one answer"]
    assert said(often, two) == []
    assert said(often, a_response(answered("q", "a"), answered("q", "b"))) == ["QuestionnaireResponse: 'q' stands here 2 times"]


def test_a_question_that_depends_on_another_is_asked_only_after_that_answer() -> None:
    asked = a_questionnaire(
        a_question("boolean", "first"),
        a_question(link="then", required=True, enableWhen=[{"question": "first", "operator": "=", "answerBoolean": True}]),
    )
    yes, no = (answered("first", value, name="valueBoolean") for value in (True, False))

    assert said(asked, a_response(no)) == []
    assert said(asked, a_response(yes)) == ["QuestionnaireResponse: 'then' is not answered: Question then"]
    assert said(asked, a_response(no, answered("then", "x"))) == [
        "QuestionnaireResponse.item[1]: 'then' is not asked after the other answers"
    ]


@pytest.mark.parametrize(
    ("operator", "expected", "enabled"),
    [("=", 3, True), ("!=", 3, False), (">", 2, True), ("<", 3, False), (">=", 3, True), ("<=", 2, False)],
)
def test_conditions_compare(operator: str, expected: int, enabled: bool) -> None:
    asked = a_questionnaire(
        a_question("integer", "n"), a_question(enableWhen=[{"question": "n", "operator": operator, "answerInteger": expected}])
    )

    faulty = said(asked, a_response(answered("n", 3, name="valueInteger"), answered("q", "x")))

    assert (faulty == []) == enabled


def test_of_several_conditions_all_or_any_must_hold() -> None:
    conditions = [
        {"question": "n", "operator": "exists", "answerBoolean": True},
        {"question": "m", "operator": "exists", "answerBoolean": True},
    ]
    response = a_response(answered("n", "x"), answered("q", "x"))

    for behavior, faulty in (("all", 1), ("any", 0)):
        question = a_question(enableWhen=conditions, enableBehavior=behavior)
        asked = a_questionnaire(a_question(link="n"), a_question(link="m"), question)
        assert len(said(asked, response)) == faulty


def test_in_a_group_that_repeats_each_one_looks_at_its_own_answers() -> None:
    inner = [
        a_question("boolean", "has"),
        a_question(link="which", required=True, enableWhen=[{"question": "has", "operator": "=", "answerBoolean": True}]),
    ]
    asked = a_questionnaire(a_question("group", "g", repeats=True, item=inner))
    yes = {"linkId": "g", "item": [answered("has", True, name="valueBoolean"), answered("which", "x")]}
    no = {"linkId": "g", "item": [answered("has", False, name="valueBoolean")]}

    assert said(asked, a_response(yes, no)) == []
    assert said(asked, a_response(no, yes | {"item": yes["item"][:1]})) == [
        "QuestionnaireResponse.item[1]: 'which' is not answered: Question which"
    ]


def test_answers_have_their_limits() -> None:
    limited = a_question("integer", extension=[{"url": "http://hl7.org/fhir/StructureDefinition/maxValue", "valueInteger": 10}])

    assert said(a_questionnaire(limited), a_response(answered("q", 11, name="valueInteger"))) != []
    assert said(a_questionnaire(a_question(maxLength=3)), a_response(answered("q", "four"))) != []


def test_a_question_below_an_answer_is_answered_there() -> None:
    asked = a_questionnaire(a_question("boolean", item=[a_question(link="why")]))

    assert said(asked, a_response({"linkId": "q", "answer": [{"valueBoolean": True, "item": [answered("why", "so")]}]})) == []
    assert said(asked, a_response(answered("q", True, name="valueBoolean", item=[answered("why", "so")]))) == [
        "QuestionnaireResponse.item[0].item: what is asked below 'q' stands below its answer"
    ]
