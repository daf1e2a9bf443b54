"""Words for rules over the elements of one object, as JSON Schema that minds companions (`_status`) and choices.

A rule is a function of the group (which JSON names an element has depends on it) that gives a schema of the object.
"""

from __future__ import annotations

from collections.abc import Callable

from shared.fhir.gate.definitions import Element, Group, Variant, group
from shared.fhir.gate.primitives import Schema

Rule = Callable[[Group], Schema]


def has_companion(variant: Variant, group: Group) -> bool:
    """Whether `_name` is legal: primitives have one, but for ids, the url of an extension, and xhtml."""
    return (
        variant.is_primitive
        and variant.type != "xhtml"
        and variant.name != "id"
        and (group.type, variant.name) != ("Extension", "url")
    )


def any_of(schemas: list[Schema]) -> Schema:
    return schemas[0] if len(schemas) == 1 else briefly({"anyOf": schemas})


def briefly(schema: Schema) -> Schema:
    """The same, refused without the reasons of each alternative: they are told to nobody, and cost 80 kB a defect."""
    return {"not": {"not": schema}}


def names_of(element: Element, group: Group) -> list[str]:
    """Every JSON name that makes the element exist."""
    names = [variant.name for variant in element.variants]
    return names + ["_" + variant.name for variant in element.variants if has_companion(variant, group)]


def exists(name: str) -> Rule:
    return lambda group: any_of([{"required": [key]} for key in names_of(group.elements[name], group)])


def absent(name: str) -> Rule:
    return no(exists(name))


def no(rule: Rule) -> Rule:
    return lambda group: {"not": rule(group)}


def either(*rules: Rule) -> Rule:
    return lambda group: briefly({"anyOf": [rule(group) for rule in rules]})


def both(*rules: Rule) -> Rule:
    return lambda group: {"allOf": [rule(group) for rule in rules]}


def exactly_one(*rules: Rule) -> Rule:
    return lambda group: briefly({"oneOf": [rule(group) for rule in rules]})


def some(*names: str) -> Rule:
    return either(*map(exists, names))


def not_both(one: str, other: str) -> Rule:
    return no(both(exists(one), exists(other)))


def implies(condition: Rule, consequence: Rule) -> Rule:
    return either(no(condition), consequence)


def needs(name: str, *others: str) -> Rule:
    """Where `name` exists, all others do."""
    return implies(exists(name), both(*map(exists, others)))


def is_one_of(name: str, *values: object) -> Rule:
    """The element exists with one of the values."""
    return lambda _: {"required": [name], "properties": {name: {"enum": list(values)}}}


def at_least(name: str, minimum: float) -> Rule:
    return lambda _: {"properties": {name: {"minimum": minimum}}}


def at_most(name: str, maximum: float) -> Rule:
    return lambda _: {"properties": {name: {"maximum": maximum}}}


def count(name: str, *, minimum: int = 0, maximum: int | None = None) -> Rule:
    limits: Schema = {"minItems": minimum} if maximum is None else {"minItems": minimum, "maxItems": maximum}
    needed: Schema = {"required": [name]} if minimum else {}
    return lambda _: {"properties": {name: limits}} | needed


def has_coding(name: str, system: str, *values: str) -> Rule:
    """The element, a CodeableConcept, has a coding with one of the codes."""
    coding = {"required": ["system", "code"], "properties": {"system": {"const": system}, "code": {"enum": list(values)}}}
    concept = {"required": ["coding"], "properties": {"coding": {"contains": coding}}}
    return lambda _: {"required": [name], "properties": {name: concept}}


def each(name: str, rule: Rule) -> Rule:
    """Every entry of a backbone list obeys the rule."""

    def schema(within: Group) -> Schema:
        entry = group(within.elements[name].variants[0].type)
        return {"properties": {name: {"items": rule(entry)}}}

    return schema


def part(name: str, rule: Rule) -> Rule:
    """The one object at `name`, where there is one, obeys the rule."""

    def schema(within: Group) -> Schema:
        return {"properties": {name: rule(group(within.elements[name].variants[0].type))}}

    return schema


def holds(function: str) -> Rule:
    """A function of shared.fhir.gate.invariants.functions says so, where the named elements exist."""
    return lambda _: {"holds": function}


def at_most_one(element: Element, group: Group) -> Schema:
    """Of the types of a choice no two have a value."""
    present = [any_of([{"required": [key]} for key in _keys(variant, group)]) for variant in element.variants]
    return briefly({"oneOf": [{"not": {"anyOf": present}}, *present]})


def _keys(variant: Variant, group: Group) -> list[str]:
    return [variant.name, "_" + variant.name] if has_companion(variant, group) else [variant.name]
