"""Answers and scores as Observations. http://hl7.org/fhir/uv/sdc/extraction.html#observation-based-extraction"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from services.intake.vocabulary import ACTS
from shared.fhir.element import concept, extension, reference_to, target_of
from shared.fhir.issue import Resource
from shared.kernel.ids import id_from

from .form import Item, value_of
from .scoring import Score, is_score, scores
from .sdc import EXTRACT_CATEGORY, OBSERVATION_EXTRACT, UNIT

BAND = "urn:careloom:score-band"
"""Observation.interpretation: the code of a score's band."""

PERFORMERS = ("Practitioner", "PractitionerRole", "Organization", "CareTeam", "Patient", "RelatedPerson")
STATUS: Mapping[str, str] = {"completed": "final", "amended": "amended"}


def observations(questionnaire: Resource, response: Resource) -> Iterator[Resource]:
    """One for each answer of a question that is to be extracted and has a code, and one for each score.

    Their ids come from the response and the place of the answer, so the same answer is the same Observation for ever.
    """
    told = _common(response)
    seen: Counter[str] = Counter()
    for question, answer, category in _answered(questionnaire, response, _Inherited()):
        place, value = seen[question["linkId"]], _value(question, answer)
        seen[question["linkId"]] += 1
        if value:
            yield _observation(response, question, category, str(place)) | told | value
    wanted = _Inherited().below(questionnaire)
    for score in scores(questionnaire, response):
        inherited = wanted.below(score.item)
        if inherited.extracts and score.item.get("code"):
            yield _observation(response, score.item, inherited.category, "score") | told | _of(score)


class _Inherited:
    """What an item takes over from what is around it."""

    def __init__(self, extracts: bool = False, category: Resource | None = None) -> None:
        self.extracts = extracts
        self.category = category

    def below(self, item: Item) -> _Inherited:
        said = extension(item, OBSERVATION_EXTRACT)
        return _Inherited(self.extracts if said is None else bool(said), extension(item, EXTRACT_CATEGORY) or self.category)


def _answered(asking: Item, answering: Item, around: _Inherited) -> Iterator[tuple[Item, Item, Resource | None]]:
    here = around.below(asking)
    questions = {question["linkId"]: question for question in asking.get("item", ())}
    for item in answering.get("item", ()):
        question = questions.get(item["linkId"])
        if question is None or is_score(question):
            continue
        inherited = here.below(question)
        for answer in item.get("answer", ()):
            if inherited.extracts and question.get("code"):
                yield question, answer, inherited.category
            yield from _answered(question, answer, here)
        yield from _answered(question, item, here)


def _common(response: Resource) -> Resource:
    """What all Observations of a response have from it."""
    performers = (target_of(response.get(name)) for name in ("author", "source"))
    performer = next((each for each in performers if each.partition("/")[0] in PERFORMERS), "")
    told = {
        "status": STATUS.get(response["status"], "preliminary"),
        "subject": response.get("subject"),
        "encounter": response.get("encounter"),
        "effectiveDateTime": response.get("authored"),
        "performer": [reference_to(performer)] if performer else None,
    }
    return {name: value for name, value in told.items() if value}


def _observation(response: Resource, item: Item, category: Resource | None, place: str) -> Resource:
    made: Resource = {
        "resourceType": "Observation",
        "id": id_from("extracted", response["id"], item["linkId"], place),
        "code": {"coding": list(item["code"])} | ({"text": item["text"]} if "text" in item else {}),
        "derivedFrom": [reference_to(response)],
    }
    return made | {"category": [category]} if category else made


def _value(question: Item, answer: Item) -> Resource:
    """The value as an Observation can hold it; {} for what it can't (attachments, references)."""
    name, value = value_of(answer)
    match name:
        case "valueCoding":
            return {"valueCodeableConcept": {"coding": [{key: each for key, each in value.items() if key != "extension"}]}}
        case "valueDecimal":
            unit = extension(question, UNIT) or {}
            named = {"unit": unit.get("display"), "system": unit.get("system"), "code": unit.get("code")}
            return {"valueQuantity": {"value": value} | {key: each for key, each in named.items() if each}}
        case "valueDate":
            return {"valueDateTime": value}
        case "valueUri":
            return {"valueString": value}
        case "valueBoolean" | "valueInteger" | "valueString" | "valueQuantity" | "valueDateTime" | "valueTime":
            return {name: value}
    return {}


def _of(score: Score) -> dict[str, Any]:
    whole = score.value.is_integer()
    value: Resource = {"valueInteger": int(score.value)} if whole else {"valueQuantity": {"value": score.value}}
    if score.band:
        value["interpretation"] = [concept(BAND, score.band.code, score.band.meaning)]
    if score.band and score.band.acts:
        value["extension"] = [{"url": ACTS, "valueCode": score.band.acts}]
    return value
