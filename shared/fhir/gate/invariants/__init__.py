"""The invariants of severity error (http://hl7.org/fhir/R4/conformance-rules.html#constraints) as rules, by key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from shared.fhir.gate.definitions import Group
from shared.fhir.gate.invariants import bundles, care, clinical, datatypes, financial, people, questions
from shared.fhir.gate.primitives import Schema
from shared.fhir.gate.rules import Rule

INVARIANTS: Final[Mapping[str, Rule]] = {
    **datatypes.RULES, **people.RULES, **clinical.RULES, **care.RULES, **questions.RULES, **financial.RULES,
    **bundles.RULES,
}  # fmt: skip
"""A key that means different things on different types stands as `Task.inv-1`."""

ELSEWHERE: Final[Mapping[str, str]] = {
    "ele-1": "the schema: minProperties, and companions of primitives",
    "ext-1": "datatypes, with the group Extension",
    "dom-2": "the schema of contained",
    "dom-3": "shared.fhir.gate.contained",
    "dom-4": "the schema of contained",
    "dom-5": "the schema of contained",
    "ref-1": "shared.fhir.gate.contained",
    "txt-1": "shared.fhir.gate.narrative",
    "txt-2": "shared.fhir.gate.narrative",
    "sqty-1": "SimpleQuantity has no comparator",
}
"""Invariants that are no rule over the elements of one object, and what sees to them."""


def rule_of(group: Group, key: str) -> Schema | None:
    """The rule of an invariant as a schema of the group; None if it is seen to elsewhere, or of a type that nobody owns."""
    rule = INVARIANTS.get(f"{group.type}.{key}") or INVARIANTS.get(key)
    return rule(group) if rule else None
