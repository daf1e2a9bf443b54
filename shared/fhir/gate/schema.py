"""Makes strict JSON Schemas of the resource types; `$comment` names the rule that a part stands for (shared.fhir.gate.issues)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from shared.fhir.gate.bindings import bound
from shared.fhir.gate.definitions import PRIMITIVES, Element, Group, Variant, group
from shared.fhir.gate.invariants import rule_of
from shared.fhir.gate.primitives import SCHEMAS, Schema
from shared.fhir.gate.references import reference_schema
from shared.fhir.gate.rules import Rule, any_of, at_most_one, either, exists, has_companion, is_one_of, names_of

_COMPANION: Final[Schema] = {
    "type": "object",
    "minProperties": 1,
    "additionalProperties": False,
    "properties": {
        "id": {"$ref": "#/$defs/string"},
        "extension": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/Extension"}},
    },
}
# Where the official examples themselves break R4 and are to be accepted (Questionnaire/qs1 has displays without linkId):
# the weaker rule that holds instead of "is required".
TOLERATED: Final[Mapping[str, Rule]] = {"Questionnaire.item.linkId": either(exists("linkId"), is_one_of("type", "display"))}

_RESOURCE: Final[Schema] = {"type": "object"}
_CONTAINED: Final[Schema] = {
    "type": "object",
    "allOf": [
        {"properties": {"contained": False}, "$comment": "invariant dom-2"},
        {"properties": {"meta": {"properties": {"versionId": False, "lastUpdated": False}}}, "$comment": "invariant dom-4"},
        {"properties": {"meta": {"properties": {"security": False}}}, "$comment": "invariant dom-5"},
    ],
}


def schema_of(types: Iterable[str]) -> Schema:
    """The schema of `{type: resource}` for any of the types. Resources inside it are checked on their own.

    A third quicker than asking for each type whether the resource is one.
    """
    schemas = _Schemas()
    chosen = {type: schemas.need(type) for type in types}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "properties": chosen, "$defs": schemas.made}


class _Schemas:
    """The definitions that a schema needs; each is made once."""

    def __init__(self) -> None:
        self.made: dict[str, Schema] = {"companion": _COMPANION, "Resource": _RESOURCE, "contained": _CONTAINED}
        self.need("string")
        self.need("Extension")

    def need(self, name: str) -> Schema:
        if name not in self.made:
            self.made[name] = {}
            self.made[name] = dict(SCHEMAS[name]) if name in PRIMITIVES else self._object(group(name))
        return {"$ref": f"#/$defs/{name}"}

    def _object(self, group: Group) -> Schema:
        properties: Schema = {"resourceType": {"const": group.type}} if group.is_resource else {}
        for element in group.elements.values():
            for variant in element.variants:
                properties[variant.name] = self._property(element, variant)
                if has_companion(variant, group):
                    properties["_" + variant.name] = _companions(element)
        found: Schema = {"type": "object", "additionalProperties": False, "properties": properties}
        if not group.is_resource:
            found |= {
                "minProperties": 1,
                "allOf": [{"dependentSchemas": {"id": {"minProperties": 2}}, "$comment": "invariant ele-1"}],
            }
        required = [element.name for element in group.elements.values() if _is_plainly_required(element, group)]
        found["required"] = ["resourceType", *required] if group.is_resource else required
        rules = found.get("allOf", []) + list(_rules(group))
        return found | ({"allOf": rules} if rules else {}) | _companion_rules(group)

    def _property(self, element: Element, variant: Variant) -> Schema:
        value = self._value(element, variant)
        if not element.is_list:
            return value
        if variant.is_primitive:
            value = {"if": {"type": "null"}, "else": value}
        found: Schema = {"type": "array", "minItems": 1, "items": value}
        if element.minimum > 1:
            found["allOf"] = [{"minItems": element.minimum, "$comment": f"minimum {element.minimum}"}]
        if element.maximum:
            found["maxItems"] = element.maximum
        return found

    def _value(self, element: Element, variant: Variant) -> Schema:
        if element.name == "contained":
            return {"$ref": "#/$defs/contained"}
        value = self.need("Resource") if variant.type in ("Resource", "OperationOutcome") else self.need(variant.type)
        if variant.type == "Reference":
            key = "Reference " + " ".join(element.targets)
            self.made.setdefault(key, reference_schema(element.targets))
            value = {"$ref": "#/$defs/" + key.replace(" ", "%20")}
        if element.binding:
            value = bound(value, element.binding, variant)
        rules = [] if variant.is_primitive else [rule_of(group(variant.type), key) for key in element.invariants]
        more = [rule | {"$comment": f"invariant {key}"} for key, rule in zip(element.invariants, rules, strict=False) if rule]
        return value | {"allOf": more} if more else value


def _companions(element: Element) -> Schema:
    one: Schema = {"$ref": "#/$defs/companion"}
    return {"type": "array", "minItems": 1, "items": {"if": {"type": "null"}, "else": one}} if element.is_list else one


def _is_plainly_required(element: Element, group: Group) -> bool:
    return element.minimum > 0 and not element.is_choice and not has_companion(element.variants[0], group)


def _rules(group: Group) -> Iterator[Schema]:
    for element in group.elements.values():
        if element.is_choice:
            yield at_most_one(element, group) | {"$comment": f"choice {element.name}"}
            if element.minimum:
                yield _exists(element, group) | {"$comment": f"missing {element.name}"}
    for path, weaker in TOLERATED.items():
        if path.rpartition(".")[0] == group.path:
            yield weaker(group) | {"$comment": f"missing {path.rpartition('.')[2]}"}
    for key in group.invariants:
        rule = rule_of(group, key)
        if rule:
            yield rule | {"$comment": f"invariant {group.type + '.' if key.startswith('inv-') else ''}{key}"}


def _companion_rules(group: Group) -> Schema:
    """Required primitives, nulls in lists, companions without a value: simple as long as no companion (`_birthDate`) is there."""
    primitives = [
        (element, variant) for element in group.elements.values() for variant in element.variants if has_companion(variant, group)
    ]
    if not primitives:
        return {}
    required = [
        element
        for element, _ in primitives
        if element.minimum and not element.is_choice and f"{group.path}.{element.name}" not in TOLERATED
    ]
    lists = [variant.name for element, variant in primitives if element.is_list]
    plain: Schema = {"required": [element.name for element in required]} if required else {}
    if lists:
        plain["properties"] = {name: {"items": {"not": {"type": "null"}, "$comment": "null"}} for name in lists}
    full: list[Schema] = [_exists(element, group) | {"$comment": f"missing {element.name}"} for element in required]
    full += [_lone(variant.name) for element, variant in primitives if not element.is_list]
    full += [{"pairs": name} for name in lists]
    return {"if": {"patternProperties": {"^_": False}}, "then": plain, "else": {"allOf": full}}


def _lone(name: str) -> Schema:
    """ele-1: a primitive without value has an extension."""
    extended = {"properties": {"_" + name: {"required": ["extension"]}}}
    return {"dependentSchemas": {"_" + name: {"anyOf": [{"required": [name]}, extended]}}, "$comment": f"lone {name}"}


def _exists(element: Element, group: Group) -> Schema:
    return any_of([{"required": [name]} for name in names_of(element, group)])
