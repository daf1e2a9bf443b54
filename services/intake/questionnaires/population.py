"""`Questionnaire/$populate`: a response with what is known already.

http://hl7.org/fhir/uv/sdc/OperationDefinition-Questionnaire-populate.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from services.intake.assessment.facts import facts
from services.intake.period import begin_of
from shared.fhir import text
from shared.fhir.element import extension, reference_to, sought, target_of
from shared.fhir.issue import Issue, Resource
from shared.fhir.refusal import Malformed, NotFound, outcome
from shared.service import Call, Deployed
from shared.store.view import View

from .expressions import Unclear, evaluate, filled
from .fitting import answer_of
from .form import Item, questionnaire_at, value_of
from .sdc import INITIAL_EXPRESSION, OBSERVATION_LINK_PERIOD, VARIABLE

UNDER_WAY = "in-progress,arrived,triaged,onleave"
DAYS: Mapping[str, float] = {"d": 1, "wk": 7, "mo": 30.44, "a": 365.25, "h": 1 / 24, "min": 1 / 1440}


@dataclass(slots=True)
class Filling:
    """`environment`: what expressions may name."""

    patient: str
    view: View
    environment: dict[str, Any]
    issues: list[Issue] = field(default_factory=list)


async def fill_in(call: Call, deployed: Deployed) -> Resource:
    """It writes nothing, so nobody who writes waits for it."""
    return await deployed.store.view(lambda view: populate(call, view))


def populate(call: Call, view: View) -> Resource:
    """`$populate` (subject; questionnaire, canonical or questionnaireRef at the type; context): `response` and `issues`."""
    questionnaire, patient = _questionnaire(call, view), _subject(call, view)
    filling = Filling(patient, view, _environment(call, patient, view))
    _take_variables(questionnaire, filling)
    response: Resource = {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": _canonical(questionnaire),
        "status": "in-progress",
        "subject": reference_to(patient),
        "authored": text.instant(view.now),
    }
    if encounter := filling.environment.get("encounter"):
        response["encounter"] = reference_to(encounter)
    if items := list(_items(questionnaire, filling)):
        response["item"] = items
    parameters: list[Resource] = [{"name": "response", "resource": response}]
    if filling.issues:
        parameters.append({"name": "issues", "resource": outcome(filling.issues)})
    return {"resourceType": "Parameters", "parameter": parameters}


def _questionnaire(call: Call, view: View) -> Resource:
    if call.id:
        found = view.read("Questionnaire", call.id)
    else:
        sent = call.parameter("questionnaire")
        if isinstance(sent, Mapping) and sent.get("resourceType") == "Questionnaire":
            return dict(sent)
        reference = target_of(call.parameter("questionnaireRef") or sent or {}) if not isinstance(sent, str) else sent
        found = questionnaire_at(str(call.parameter("canonical") or reference), view)
    if found is None:
        raise NotFound("the Questionnaire to be filled in is not known")
    return found


def _subject(call: Call, view: View) -> str:
    said = call.parameter("subject")
    subject = target_of(said) if isinstance(said, Mapping) else str(said or "")
    if not subject.startswith("Patient/"):
        raise Malformed("$populate needs the parameter subject, a reference to a Patient")
    if view.read(*subject.split("/")) is None:
        raise NotFound(f"{subject} is not known")
    return subject


def _environment(call: Call, patient: str, view: View) -> dict[str, Any]:
    """The patient, the encounter that goes on, and whatever the caller gives under a name (`context`: `name`, `content`)."""
    environment: dict[str, Any] = {"patient": view.read(*patient.split("/")), "known": facts(patient, view).for_questionnaires}
    stays = view.search(f"Encounter?patient={patient}&status={UNDER_WAY}&_sort=-date")
    if stays:
        environment["encounter"] = stays[0]
    for context in (each for each in call.body.get("parameter", ()) if each.get("name") in ("context", "launchContext")):
        parts = {part["name"]: part for part in context.get("part", ())}
        name = value_of(parts.get("name", {}))[1]
        content = parts.get("content", {})
        resource = content.get("resource") or _read(target_of(content.get("valueReference")), view)
        if isinstance(name, str) and resource:
            environment[name] = resource
    return environment


def _read(reference: str, view: View) -> Resource | None:
    return view.read(*reference.split("/")) if reference else None


def _take_variables(holder: Item, filling: Filling) -> None:
    """Queries (`application/x-fhir-query`) are Bundles, expressions what they find."""
    for found in (each["valueExpression"] for each in holder.get("extension", ()) if each.get("url") == VARIABLE):
        try:
            if found["language"] == "application/x-fhir-query":
                matches = filling.view.search(filled(found["expression"], filling.environment))
                value: Any = {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": each} for each in matches]}
            else:
                value = evaluate(found["expression"], filling.environment)
        except (Unclear, Malformed) as unclear:
            filling.issues.append(_unclear(f"the variable {found.get('name')}: {unclear}"))
            value = []
        filling.environment[found.get("name", "")] = value


def _items(asking: Item, filling: Filling) -> Iterator[Resource]:
    """Each question that something is known of, and each group that has one."""
    for question in asking.get("item", ()):
        _take_variables(question, filling)
        item: Resource = {"linkId": question["linkId"]} | ({"text": question["text"]} if "text" in question else {})
        if question["type"] == "group":
            if inner := list(_items(question, filling)):
                yield item | {"item": inner}
        elif answers := _answers(question, filling):
            yield item | {"answer": answers if question.get("repeats") else answers[:1]}


def _answers(question: Item, filling: Filling) -> list[Resource]:
    """What was found, as answers; else what the question begins with."""
    answers = []
    for value in _found(question, filling):
        answer = answer_of(question, value)
        if answer is None:
            filling.issues.append(_unclear(f"{value!r} is no answer to {question['linkId']!r}"))
        else:
            answers.append(answer)
    initial = [value_of(each) for each in question.get("initial", ())]
    chosen = [
        each["valueCoding"] for each in question.get("answerOption", ()) if each.get("initialSelected") and "valueCoding" in each
    ]
    return answers or [{name: value} for name, value in initial] or [{"valueCoding": coding} for coding in chosen]


def _found(question: Item, filling: Filling) -> list[Any]:
    """By its initialExpression, by the newest Observation of its code, or by the element that it is defined as."""
    expression = extension(question, INITIAL_EXPRESSION)
    if expression is None and (period := extension(question, OBSERVATION_LINK_PERIOD)):
        return _observed(question, period, filling)
    said = expression["expression"] if expression else _of_definition(question, filling)
    if not said:
        return []
    try:
        return evaluate(said, filling.environment)
    except Unclear as unclear:
        filling.issues.append(_unclear(f"{question['linkId']!r}: {unclear}"))
        return []


def _of_definition(question: Item, filling: Filling) -> str:
    """`%patient.birthDate` of `…/StructureDefinition/Patient#Patient.birthDate`."""
    type, _, path = question.get("definition", "").partition("#")[2].partition(".")
    name = type[:1].lower() + type[1:]
    return f"%{name}.{path.replace('[x]', '')}" if path and name in filling.environment else ""


def _observed(question: Item, period: Mapping[str, Any], filling: Filling) -> list[Any]:
    days = float(period.get("value", 0)) * DAYS.get(period.get("code", "d"), 1)
    since = filling.view.now.timestamp() - days * 86_400
    codes = ",".join(sought(code["code"], code.get("system")) for code in question.get("code", ()))
    found = filling.view.search(f"Observation?patient={filling.patient}&code={codes}&status=final,amended,corrected&_sort=-date")
    recent = (each for each in found if codes and _moment(each) >= since)
    return [value for each in recent if (value := value_of(each)[1]) is not None][:1]


def _moment(observation: Resource) -> float:
    said = observation.get("effectiveDateTime") or observation.get("effectivePeriod", {}).get("start")
    return begin_of(said).timestamp() if said else 0.0


def _canonical(questionnaire: Resource) -> str:
    url = questionnaire.get("url") or f"Questionnaire/{questionnaire.get('id', '')}"
    return f"{url}|{questionnaire['version']}" if "version" in questionnaire else str(url)


def _unclear(sentence: str) -> Issue:
    return Issue(sentence, code="not-supported", severity="warning")
