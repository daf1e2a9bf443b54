"""What Nadia finds when she assesses the patient: answers to the questionnaires that come with intake."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from .stage import Stage

Resource = dict[str, Any]

ASSESSMENT = "urn:careloom:assessment"
NEEDS: Mapping[str, int] = {
    "need-self-care": 2,
    "need-moving": 2,
    "need-household": 2,
    "need-medicines": 1,
    "need-appointments": 2,
    "need-understanding": 1,
    "need-money": 1,
}
"""Of each: 0 by oneself, 1 with some help, 2 with much."""

STRENGTHS = ("strength-family", "strength-friends", "strength-home", "strength-work")
OTHERS = ("strength-community", "strength-health")
IN_OWN_WORDS = "To ride my bicycle again"


async def needs(stage: Stage, patient: str, assessor: str) -> Resource:
    """Answered, and what the answers add up to: an Observation."""
    items = [_chosen(link, f"help-{help}") for link, help in NEEDS.items()]
    items.append({"linkId": "own-words", "answer": [{"valueString": IN_OWN_WORDS}]})
    return await _answered(stage, "needs", patient, assessor, items)


async def strengths(stage: Stage, patient: str, assessor: str) -> Resource:
    items = [_chosen(link, "yes") for link in STRENGTHS] + [_chosen(link, "no") for link in OTHERS]
    items.append({"linkId": "helpers", "answer": [{"valueString": "my sister Wren"}]})
    return await _answered(stage, "strengths", patient, assessor, items)


async def readmission(stage: Stage, patient: str, assessor: str) -> Resource:
    """Filled in by what intake knows, and confirmed."""
    parameters = [
        {"name": "canonical", "valueUri": _address("readmission")},
        {"name": "subject", "valueReference": {"reference": patient}},
    ]
    found = await stage.operation("Questionnaire/$populate", {"resourceType": "Parameters", "parameter": parameters})
    response = next(each["resource"] for each in found["parameter"] if each["name"] == "response")
    return await _finished(stage, "readmission", response, assessor, stage.now)


async def risk(stage: Stage, patient: str) -> Mapping[str, tuple[str, str]]:
    """Readmission, acuity and complexity: how high, and why."""
    found = await stage.operation(f"{patient}/$assess")
    return {
        each["outcome"]["coding"][0]["code"]: (each["qualitativeRisk"]["coding"][0]["code"], each["rationale"])
        for each in found["prediction"]
    }


def in_words(score: Resource) -> str:
    """`11: needs help every day`."""
    return f"{score['valueInteger']}: {score['interpretation'][0]['text']}"


async def _answered(stage: Stage, name: str, patient: str, assessor: str, items: list[Resource]) -> Resource:
    response = {"resourceType": "QuestionnaireResponse", "subject": {"reference": patient}, "item": items}
    return await _finished(stage, name, response | {"questionnaire": _address(name)}, assessor, stage.now)


async def _finished(stage: Stage, name: str, response: Resource, assessor: str, at: datetime) -> Resource:
    id = f"assessed-{name}"
    said = {"id": id, "status": "completed", "authored": at.isoformat(), "author": {"reference": assessor}}
    await stage.put(response | said)
    [score] = await stage.search(f"Observation?derived-from=QuestionnaireResponse/{id}&code={ASSESSMENT}|{name}-score")
    return score


def _chosen(link: str, code: str) -> Resource:
    return {"linkId": link, "answer": [{"valueCoding": {"system": ASSESSMENT, "code": code}}]}


def _address(name: str) -> str:
    return f"urn:careloom:questionnaire:{name}"
