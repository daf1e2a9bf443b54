"""Each invariant of the owned types has a rule, and rule and official FHIRPath expression agree on generated elements."""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import fhirpathpy
import pytest
from fhirpathpy.engine.nodes import ResourceNode
from fhirpathpy.models import models
from jsonschema_rs import Draft202012Validator

from services.directory import DIRECTORY
from shared.fhir.gate.definitions import Element, Group, Variant, group, groups_of, invariants_of_abstract
from shared.fhir.gate.invariants import ELSEWHERE, INVARIANTS, bundles, rule_of
from shared.fhir.gate.keywords import KEYWORDS

OWNED = sorted({type for types in DIRECTORY.owns.values() for type in types} | {"AuditEvent", "Provenance", "Subscription"})
DATA_TYPES = [
    "Address",
    "Age",
    "Annotation",
    "Attachment",
    "CodeableConcept",
    "Coding",
    "ContactDetail",
    "ContactPoint",
    "Contributor",
    "Count",
    "DataRequirement",
    "Distance",
    "Dosage",
    "Duration",
    "Expression",
    "Extension",
    "HumanName",
    "Identifier",
    "Meta",
    "Money",
    "Narrative",
    "ParameterDefinition",
    "Period",
    "Quantity",
    "Range",
    "Ratio",
    "Reference",
    "RelatedArtifact",
    "SampledData",
    "Signature",
    "SimpleQuantity",
    "Timing",
    "TriggerDefinition",
    "UsageContext",
]

# What fhirpathpy can't evaluate on one object, or what the gate reads otherwise on purpose; samples by hand below.
BY_HAND = {"que-7", "per-1", "rng-2", "Task.inv-1", "obs-7", "que-2", "ctm-1", "bdl-4"}


def invariants() -> Iterator[tuple[Group, str, str]]:
    """The group that an invariant is about, its key and its expression."""
    for type in [*OWNED, *DATA_TYPES]:
        for found in groups_of(type):
            for key, expression in found.invariants.items():
                yield found, key, expression
            for element in found.elements.values():
                for key, expression in element.invariants.items():
                    yield from ((group(v.type), key, expression) for v in element.variants if not v.is_primitive)
    for found in groups_of("Bundle"):
        yield from ((found, key, expression) for key, expression in found.invariants.items() if key in bundles.RULES)


STATED = [
    (found, key, expression)
    for found, key, expression in invariants()
    if (key not in ELSEWHERE or key == "ext-1") and not {key, f"{found.type}.{key}"} & BY_HAND
]


@pytest.mark.parametrize(
    ("found", "key"), [(found, key) for found, key, _ in invariants()], ids=lambda value: getattr(value, "path", value)
)
def test_every_invariant_of_what_is_owned_is_seen_to(found: Group, key: str) -> None:
    assert key in ELSEWHERE or rule_of(found, key) is not None


@pytest.mark.parametrize("type", ["Element", "DomainResource"])
def test_every_invariant_of_all_elements_and_resources_is_seen_to(type: str) -> None:
    assert set(invariants_of_abstract(type)) <= set(ELSEWHERE)


@pytest.mark.parametrize(("found", "key", "expression"), STATED, ids=lambda value: getattr(value, "path", value)[:40])
def test_rule_and_expression_agree(found: Group, key: str, expression: str) -> None:
    seen = set()
    for element in samples(found, expression):
        expected = says(expression, element, found)
        if expected is None:
            continue
        assert rule(found.path, key).is_valid(element) is expected, (expected, element)
        seen.add(expected)
    assert seen == {True, False}


PERIODS = [
    ("2026-01-01", "2026-01-02"),
    ("2026-01-02", "2026-01-01"),
    ("2026", "2025"),
    ("2025", "2026"),
    ("2026-02-01", "2026-02-01"),
    ("2026-01-01T10:00:00Z", "2026-01-01T09:00:00Z"),
    ("2026-01-01T10:00:00.5Z", "2026-01-01T10:00:00.25Z"),
]


@pytest.mark.parametrize(("start", "end"), PERIODS)
def test_periods_are_compared_as_fhirpath_compares_them(start: str, end: str) -> None:
    period = {"start": start, "end": end}

    assert rule("Period", "per-1").is_valid(period) is says(group("Period").invariants["per-1"], period, group("Period"))


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-01", "2026-01-15"),
        ("2026-01-15", "2026-01"),
        ("2026-01-01T10:00:00Z", "2026-01-01"),
        ("2026-01-01", "2026-01-01T10:00:00Z"),
    ],
)
def test_what_the_precision_leaves_open_is_no_contradiction(start: str, end: str) -> None:
    assert rule("Period", "per-1").is_valid({"start": start, "end": end})


def test_times_of_different_zones_are_compared_as_instants() -> None:
    """fhirpathpy compares their texts."""
    assert rule("Period", "per-1").is_valid({"start": "2026-01-01T10:00:00+02:00", "end": "2026-01-01T09:00:00Z"})
    assert not rule("Period", "per-1").is_valid({"start": "2026-01-01T10:00:00-02:00", "end": "2026-01-01T11:00:00Z"})


def test_a_task_is_not_modified_before_it_was_authored() -> None:
    assert not rule("Task", "inv-1").is_valid({"authoredOn": "2026-02-01", "lastModified": "2026-01-31T10:00:00Z"})
    assert rule("Task", "inv-1").is_valid({"authoredOn": "2026-02-01", "lastModified": "2026-02-01T10:00:00Z"})


def test_a_range_is_in_order_where_units_are_the_same() -> None:
    assert not rule("Range", "rng-2").is_valid({"low": {"value": 2, "unit": "h"}, "high": {"value": 1, "unit": "h"}})
    assert rule("Range", "rng-2").is_valid({"low": {"value": 2, "unit": "min"}, "high": {"value": 1, "unit": "h"}})


def test_a_component_does_not_repeat_the_code_of_an_observation_with_a_value() -> None:
    code = {"coding": [{"system": "http://loinc.org", "code": "1-8"}]}
    repeated = {"code": code, "valueString": "a", "component": [{"code": code}]}

    assert not rule("Observation", "obs-7").is_valid(repeated)
    assert rule("Observation", "obs-7").is_valid({**repeated, "component": [{"code": {"text": "b"}}]})


def test_link_ids_are_unique_at_every_depth() -> None:
    assert not rule("Questionnaire", "que-2").is_valid({"item": [{"linkId": "1", "item": [{"linkId": "1"}]}]})
    assert rule("Questionnaire", "que-2").is_valid({"item": [{"linkId": "1", "item": [{"linkId": "2"}]}]})


def test_only_a_practitioner_is_in_a_team_on_behalf_of_somebody() -> None:
    behalf = {"onBehalfOf": {"reference": "Organization/1"}}

    assert not rule("CareTeam.participant", "ctm-1").is_valid(behalf | {"member": {"reference": "Patient/1"}})
    assert rule("CareTeam.participant", "ctm-1").is_valid(behalf | {"member": {"reference": "Practitioner/1"}})
    assert rule("CareTeam.participant", "ctm-1").is_valid(behalf | {"member": {"reference": "urn:uuid:a"}})


def test_whether_a_question_was_answered_is_asked_with_a_boolean() -> None:
    assert not rule("Questionnaire.item.enableWhen", "que-7").is_valid({"operator": "exists", "answerString": "yes"})
    assert rule("Questionnaire.item.enableWhen", "que-7").is_valid({"operator": "exists", "answerBoolean": True})


def test_only_what_answers_has_responses() -> None:
    def entries(type: str, **entry: object) -> bool:
        return rule("Bundle", "bdl-4").is_valid({"type": type, "entry": [entry]})

    assert entries("batch-response", response={"status": "200"})
    assert not entries("history", request={})
    assert entries("transaction", request={})
    assert not entries("transaction", request={}, response={"status": "200"})


def test_no_rule_is_left_over() -> None:
    used = {key for _, key, _ in invariants()} | {f"{found.type}.{key}" for found, key, _ in invariants()}

    assert set(INVARIANTS) <= used


@cache
def rule(path: str, key: str) -> Draft202012Validator:
    return Draft202012Validator(rule_of(group(path), key) or False, keywords=KEYWORDS)


@cache
def compiled(expression: str) -> Any:
    return fhirpathpy.compile(expression.replace("hasValue()", "exists()"), models["r4"])  # which it lacks; samples have values


def says(expression: str, element: dict[str, Any], found: Group) -> bool | None:
    """The official expression's answer; None where it gives none (a required element is missing)."""
    context = {"ucum": "http://unitsofmeasure.org", "resource": element, "rootResource": element}
    named = {"resourceType": found.type, **element} if found.is_resource else ResourceNode.create_node(element, found.path)  # type: ignore[no-untyped-call]
    found_out = compiled(expression)(named, context)
    return bool(found_out[0]) if found_out else None


def samples(found: Group, expression: str, most: int = 150) -> list[dict[str, Any]]:
    """Elements with and without each part that the expression names, with the literals that it names."""
    literals = [*re.findall(r"'([^']*)'", expression), "other"]
    named = [element for name, element in found.elements.items() if re.search(rf"\b{name}\b", expression)]
    choices = [[None, *values(element, literals, expression, depth=2)] for element in named]
    total = list(itertools.islice(itertools.product(*choices), 60_000))
    random.Random(7).shuffle(total)
    made = [{name: value for part in parts if part for name, value in part.items()} for parts in total[:most]]
    return [one or {"id": "a"} for one in made]


def values(element: Element, literals: list[str], expression: str, depth: int) -> Iterator[dict[str, Any]]:
    for variant in element.variants[:3] if len(element.variants) < 10 else element.variants[:2]:
        for value in of_type(variant, literals, expression, depth):
            if element.is_list:
                yield from ({variant.name: [value] * times} for times in (1, 3))
            else:
                yield {variant.name: value}


def of_type(variant: Variant, literals: list[str], expression: str, depth: int) -> Iterator[Any]:
    kind = variant.type
    if kind == "boolean":
        yield from (True, False)
    elif kind in ("decimal", "integer", "positiveInt", "unsignedInt"):
        yield from (-1, 0, 1.5, 101)
    elif kind in ("dateTime", "date", "instant"):
        yield "2026-01-01T00:00:00Z"
    elif variant.is_primitive:
        yield from ([*literals, "http://unitsofmeasure.org"] if kind in ("code", "uri") else ["text"])
    elif kind == "CodeableConcept":
        yield {"text": "a"}
        systems = [literal for literal in literals if "/" in literal or literal == "something"]
        yield from (
            {"coding": [{"system": system, "code": code}]} for system in systems for code in literals if code not in systems
        )
    elif depth and "." in kind:
        inner = [element for name, element in group(kind).elements.items() if re.search(rf"\b{name}\b", expression)]
        yield {"id": "a"}
        for element in inner:
            yield from values(element, literals, expression, depth - 1)
        for one, other in itertools.combinations(inner, 2):
            pairs = itertools.product(
                values(one, literals, expression, depth - 1), values(other, literals, expression, depth - 1)
            )
            yield from ({**first, **second} for first, second in itertools.islice(pairs, 4))
    elif kind in ("Quantity", "SimpleQuantity"):
        yield from ({"value": 1, "code": code, "system": "http://unitsofmeasure.org"} for code in ("%", "other"))
        yield {"value": 1}
    else:
        yield {"id": "a", "extension": [{"url": "http://e.org", "valueCode": "a"}]}
