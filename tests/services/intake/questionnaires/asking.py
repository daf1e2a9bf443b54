"""Questionnaires and responses for tests: a PHQ-9 as it is shipped, and small ones with the one item that a test is about."""

from __future__ import annotations

from functools import cache
from typing import Any

from services.intake.questionnaires.shipping import SHIPPED
from shared.fhir import text

Resource = dict[str, Any]

LOINC = "http://loinc.org"
PHQ_ANSWERS = ("LA6568-5", "LA6569-3", "LA6570-1", "LA6571-9")
SDC = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-"


@cache
def shipped(name: str) -> Resource:
    return text.load((SHIPPED / f"{name}.json").read_bytes())


def a_questionnaire(*items: Resource, **elements: Any) -> Resource:
    made = {
        "resourceType": "Questionnaire",
        "id": "asked",
        "url": "urn:tests:asked",
        "status": "active",
        "item": list(items),
    }
    return made | elements


def a_question(type: str = "string", link: str = "q", **elements: Any) -> Resource:
    return {"linkId": link, "text": f"Question {link}", "type": type} | elements


def a_response(*items: Resource, **elements: Any) -> Resource:
    made: Resource = {
        "resourceType": "QuestionnaireResponse",
        "id": "answered",
        "questionnaire": "urn:tests:asked",
        "status": "completed",
        "subject": {"reference": "Patient/river"},
        "authored": "2026-05-11T12:00:00Z",
        "author": {"reference": "Practitioner/nadia"},
    }
    return made | ({"item": list(items)} if items else {}) | elements


def answered(link: str = "q", *values: Any, name: str = "valueString", **elements: Any) -> Resource:
    return {"linkId": link} | ({"answer": [{name: value} for value in values]} if values else {}) | elements


def a_phq_9(*points: int, **elements: Any) -> Resource:
    """Answers to the nine questions, by what they count."""
    items = [
        answered(str(number), {"system": LOINC, "code": PHQ_ANSWERS[count]}, name="valueCoding")
        for number, count in enumerate(points, 1)
    ]
    return a_response(*items, **{"questionnaire": "urn:careloom:questionnaire:phq-9|1"} | elements)
