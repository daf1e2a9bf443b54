"""Answers as elements of new resources. http://hl7.org/fhir/uv/sdc/extraction.html#definition-based-extraction

A Questionnaire or an item says by `definitionExtract` (or the older `itemExtractionContext`) that a resource begins; the items
below it say by their `definition` which element their answers are (`…/StructureDefinition/Condition#Condition.code`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.fhir.element import extension
from shared.fhir.gate.definitions import Element, Variant, group, is_resource_type
from shared.fhir.issue import Issue, Resource
from shared.kernel.ids import id_from

from .expressions import Unclear, evaluate
from .form import Item, value_of
from .sdc import DEFINITION_EXTRACT, DEFINITION_EXTRACT_VALUE, EXTRACTION_CONTEXT


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere in a resource that is being made: `path` (`Patient.contact`), its group of definitions, the JSON object."""

    path: str
    group: str
    element: Resource


@dataclass(slots=True)
class Made:
    """What was made, and what could not be followed."""

    response: Resource
    questionnaire: Resource
    resources: list[Resource] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)


def defined(questionnaire: Resource, response: Resource) -> Made:
    made = Made(response, questionnaire)
    _walk(questionnaire, response, _begun(questionnaire, response, (), made, "0"), made)
    return made


def _walk(asking: Item, answering: Item, places: tuple[Place, ...], made: Made) -> None:
    questions = {question["linkId"]: question for question in asking.get("item", ())}
    for number, item in enumerate(answering.get("item", ())):
        question = questions.get(item["linkId"])
        if question is None:
            continue
        here = _begun(question, item, places, made, str(number))
        path = _path(question.get("definition", ""))
        if path and question["type"] == "group":
            here = _entered(path, here, made)
        for answer in item.get("answer", ()):
            if path:
                _put(path, *value_of(answer), here, made)
            _walk(question, answer, here, made)
        _walk(question, item, here, made)


def _begun(question: Item, item: Item, places: tuple[Place, ...], made: Made, number: str) -> tuple[Place, ...]:
    """The places with a new resource, if one begins here; and the values that are the same in every one."""
    type = _type_begun(question)
    if type and not is_resource_type(type):
        made.issues.append(_unclear(f"{type} is no type of resource"))
    elif type:
        id = id_from("extracted", made.response["id"], str(question.get("linkId", "")), number, type)
        resource: Resource = {"resourceType": type, "id": id}
        made.resources.append(resource)
        places = (*places, Place(type, type, resource))
    for found in (each for each in question.get("extension", ()) if each.get("url") == DEFINITION_EXTRACT_VALUE):
        for name, value in _said(found, item, made):
            _put(_path(extension(found, "definition") or ""), name, value, places, made)
    return places


def _type_begun(question: Item) -> str:
    for found in question.get("extension", ()):
        if found.get("url") == DEFINITION_EXTRACT:
            return str(extension(found, "definition") or "").partition("|")[0].rpartition("/")[2]
        if found.get("url") == EXTRACTION_CONTEXT:
            said = found.get("valueCode") or found.get("valueExpression", {}).get("expression", "")
            return str(said).partition("?")[0]
    return ""


def _said(found: Item, item: Item, made: Made) -> Iterator[tuple[str, Any]]:
    for each in found["extension"]:
        if each["url"] == "fixed-value":
            yield value_of(each)
        elif each["url"] == "expression":
            environment = {"resource": made.response, "questionnaire": made.questionnaire}
            try:
                values = evaluate(each["valueExpression"]["expression"], environment, dict(item))
            except Unclear as unclear:
                made.issues.append(_unclear(str(unclear)))
                return
            for value in values:
                yield ("", value)


def _path(definition: str) -> str:
    return definition.partition("#")[2]


def _entered(path: str, places: tuple[Place, ...], made: Made) -> tuple[Place, ...]:
    """A group that is an element of its own: a new entry where the element repeats."""
    found = _followed(path, places, made)
    if found is None:
        return places
    place, element, variant = found
    entry: Resource = {}
    if element.is_list:
        place.element.setdefault(variant.name, []).append(entry)
    else:
        entry = place.element.setdefault(variant.name, entry)
    return (*places, Place(path, variant.type, entry))


def _put(path: str, name: str, value: Any, places: tuple[Place, ...], made: Made) -> None:
    found = _followed(path, places, made)
    if found is None or value is None:
        return
    place, element, first = found
    for variant in element.variants if element.is_choice and first is element.variants[0] else (first,):
        converted = _converted(value, variant.type)
        if converted is not None:
            if element.is_list:
                place.element.setdefault(variant.name, []).append(converted)
            else:
                place.element[variant.name] = converted
            return
    made.issues.append(_unclear(f"{path} can't hold {name.removeprefix('value') or value!r}"))


def _followed(path: str, places: tuple[Place, ...], made: Made) -> tuple[Place, Element, Variant] | None:
    """Where the last step of a path is to be written: in the innermost place that it goes on from."""
    place = next((each for each in reversed(places) if path.startswith(f"{each.path}.")), None)
    if place is None:
        made.issues.append(_unclear(f"no resource has begun that {path or 'an empty path'} is an element of"))
        return None
    *steps, last = path.removeprefix(f"{place.path}.").split(".")
    for step in steps:
        found = _element(place.group, step)
        if found is None:
            break
        element, variant = found
        inner = place.element.setdefault(variant.name, [{}] if element.is_list else {})
        place = Place(f"{place.path}.{step}", variant.type, inner[-1] if element.is_list else inner)
    else:
        if found := _element(place.group, last):
            return place, *found
    made.issues.append(_unclear(f"{path} is no element"))
    return None


def _element(path: str, step: str) -> tuple[Element, Variant] | None:
    """An element by its name, by `value[x]`, or by the name of one of its types (`valueQuantity`)."""
    for element in group(path).elements.values():
        if step.removesuffix("[x]") == element.name:
            return element, element.variants[0]
        if variant := next((each for each in element.variants if each.name == step), None):
            return element, variant
    return None


def _converted(value: Any, type: str) -> Any:
    """A value as an element of a type; None if it can't be one."""
    if isinstance(value, Mapping):
        known = _OF_OBJECTS.get(type)
        return known(value) if known else {key: each for key, each in value.items() if key != "extension"}
    known = _OF_VALUES.get(type)
    if known:
        return known(value)
    kinds = _KINDS.get(type)
    fits = isinstance(value, kinds or str) and not (kinds and bool not in kinds and isinstance(value, bool))
    return value if fits and type[0].islower() else None


_KINDS: Mapping[str, tuple[type, ...]] = {
    "boolean": (bool,),
    "decimal": (int, float),
    "integer": (int,),
    "positiveInt": (int,),
    "unsignedInt": (int,),
}

_OF_OBJECTS: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    "CodeableConcept": lambda value: (
        dict(value) if "coding" in value else {"coding": [{k: v for k, v in value.items() if k != "extension"}]}
    ),
    "Coding": lambda value: None if "coding" in value else {k: v for k, v in value.items() if k != "extension"},
    "code": lambda value: value.get("code"),
    "string": lambda value: value.get("display") or value.get("code"),
}

_OF_VALUES: Mapping[str, Callable[[Any], Any]] = {
    "CodeableConcept": lambda value: {"text": value} if isinstance(value, str) else None,
    "Annotation": lambda value: {"text": value} if isinstance(value, str) else None,
    "Quantity": lambda value: None if isinstance(value, bool | str) else {"value": value},
    "Reference": lambda value: {"reference": value} if isinstance(value, str) and "/" in value else None,
    "date": lambda value: value[:10] if isinstance(value, str) else None,
}


def _unclear(sentence: str) -> Issue:
    return Issue(sentence, "Questionnaire.item.definition", "not-supported", "warning")
