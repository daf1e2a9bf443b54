"""Answers against their questions: what a response may not say. http://hl7.org/fhir/R4/questionnaireresponse.html#link"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from shared.fhir.element import extension
from shared.fhir.issue import Issue

from .enabling import Scope, is_enabled
from .form import FINISHED, Item, same_value, value_of

TAKES: Mapping[str, frozenset[str]] = {
    "boolean": frozenset({"valueBoolean"}),
    "decimal": frozenset({"valueDecimal"}),
    "integer": frozenset({"valueInteger"}),
    "date": frozenset({"valueDate"}),
    "dateTime": frozenset({"valueDateTime"}),
    "time": frozenset({"valueTime"}),
    "string": frozenset({"valueString"}),
    "text": frozenset({"valueString"}),
    "url": frozenset({"valueUri"}),
    "choice": frozenset({"valueCoding"}),
    "open-choice": frozenset({"valueCoding", "valueString"}),
    "attachment": frozenset({"valueAttachment"}),
    "reference": frozenset({"valueReference"}),
    "quantity": frozenset({"valueQuantity"}),
}
"""Which value an answer to each type of question holds; a choice may also be of the types of its options."""

MIN, MAX = "http://hl7.org/fhir/StructureDefinition/minValue", "http://hl7.org/fhir/StructureDefinition/maxValue"


def faults(questionnaire: Mapping[str, Any], response: Mapping[str, Any]) -> Iterator[Issue]:
    """One issue for each answer that cannot be, and, of a response that is finished, for each one that is missing."""
    finished = response.get("status") in FINISHED
    yield from _items(questionnaire, response, "QuestionnaireResponse", (response,), finished=finished)


def _items(asking: Item, answering: Item, path: str, scope: Scope, *, finished: bool) -> Iterator[Issue]:
    questions = {question["linkId"]: question for question in asking.get("item", ())}
    given: Counter[str] = Counter()
    for place, item in enumerate(answering.get("item", ())):
        here, question = f"{path}.item[{place}]", questions.get(item["linkId"])
        given[item["linkId"]] += 1
        if question is None:
            yield Issue(f"{item['linkId']!r} is not asked here", f"{here}.linkId", "value")
        elif not is_enabled(question, scope):
            yield Issue(f"{item['linkId']!r} is not asked after the other answers", here, "business-rule")
        else:
            yield from _item(question, item, here, scope, finished=finished)
    for link, question in questions.items():
        if given[link] > 1 and not (question["type"] == "group" and question.get("repeats")):
            yield Issue(f"{link!r} stands here {given[link]} times", path, "structure")
        elif finished and not given[link] and question.get("required") and is_enabled(question, scope):
            yield Issue(f"{link!r} is not answered: {question.get('text', '')}", path, "required")


def _item(question: Item, item: Item, path: str, scope: Scope, *, finished: bool) -> Iterator[Issue]:
    answers = item.get("answer", ())
    if question["type"] in ("group", "display"):
        if answers:
            yield Issue(f"{item['linkId']!r} is no question", f"{path}.answer", "structure")
        yield from _items(question, item, path, (item, *scope), finished=finished)
        return
    if item.get("item"):
        yield Issue(f"what is asked below {item['linkId']!r} stands below its answer", f"{path}.item", "structure")
    if finished and not answers and question.get("required"):
        yield Issue(f"{item['linkId']!r} is not answered: {question.get('text', '')}", path, "required")
    if len(answers) > 1 and not question.get("repeats"):
        yield Issue(f"{item['linkId']!r} has one answer", f"{path}.answer", "structure")
    for place, answer in enumerate(answers):
        here = f"{path}.answer[{place}]"
        yield from _answer(question, answer, here)
        yield from _items(question, answer, here, (answer, *scope), finished=finished)


def _answer(question: Item, answer: Item, path: str) -> Iterator[Issue]:
    name, value = value_of(answer)
    options = question.get("answerOption", ())
    takes = TAKES[question["type"]] | {value_of(option)[0] for option in options}
    if name not in takes:
        wanted = " or ".join(sorted(takes)).replace("value", "")
        said = name.removeprefix("value") or "nothing"
        yield Issue(f"{question['linkId']!r} is answered by {wanted}, not by {said}", path, "value")
    elif options and not _is_free(question, name) and not any(same_value(value_of(option)[1], value) for option in options):
        yield Issue(f"{_shown(value)} is none of the answers to {question['linkId']!r}", path, "code-invalid")
    elif isinstance(value, str) and len(value) > question.get("maxLength", len(value)):
        yield Issue(f"the answer to {question['linkId']!r} has at most {question['maxLength']} characters", path, "too-long")
    else:
        yield from _limits(question, value, path)


def _limits(question: Item, value: Any, path: str) -> Iterator[Issue]:
    least, most = extension(question, MIN), extension(question, MAX)
    if least is not None and type(least) is type(value) and value < least:
        yield Issue(f"the answer to {question['linkId']!r} is at least {least}", path, "value")
    if most is not None and type(most) is type(value) and value > most:
        yield Issue(f"the answer to {question['linkId']!r} is at most {most}", path, "value")


def _is_free(question: Item, name: str) -> bool:
    return question["type"] == "open-choice" and name == "valueString"


def _shown(value: Any) -> str:
    return str(value.get("code") or value.get("display") or value) if isinstance(value, Mapping) else repr(value)
