"""Required bindings: the codes of http://hl7.org/fhir/R4/terminologies.html#required"""

from __future__ import annotations

from typing import Final

from shared.fhir.gate.definitions import Codes, Variant, codes
from shared.fhir.gate.primitives import SYNTAX, Schema

_CONCEPTS: Final = ("CodeableConcept", "Coding", "Quantity")


def bound(value: Schema, value_set: str, variant: Variant) -> Schema:
    """The schema of a value bound to the value set. A concept needs one coding from it, or says nothing but extensions."""
    found = codes(value_set)
    if found is None:
        return value
    if variant.is_primitive:
        return _code(value, found) | {"$comment": f"binding {value_set}"}
    if variant.type not in _CONCEPTS:
        return value
    return value | {"allOf": [_concept(found, variant.type) | {"$comment": f"binding {value_set}"}]}


def _code(value: Schema, found: Codes) -> Schema:
    return value | {"pattern": SYNTAX[found.syntax]} if found.syntax else {"enum": list(found.any_system)}


def _concept(found: Codes, type: str) -> Schema:
    coding: Schema = {"anyOf": [_coding(system, {"enum": list(codes)}) for system, codes in found.codes.items()]}
    if found.syntax:
        coding = _coding(found.system, {"pattern": SYNTAX[found.syntax]})
    if type != "CodeableConcept":
        return {"anyOf": [coding, {"properties": {"code": False}}]}
    return {
        "anyOf": [
            {"required": ["coding"], "properties": {"coding": {"contains": coding}}},
            {"properties": {"coding": False, "text": False}},
        ]
    }


def _coding(system: str, code: Schema) -> Schema:
    return {"required": ["system", "code"], "properties": {"system": {"const": system}, "code": code}}
