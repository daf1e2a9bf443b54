"""References and canonicals as rows."""

from __future__ import annotations

from typing import Any

from shared.fhir.index.forms import key, number
from shared.fhir.index.references import canonical, target
from shared.fhir.index.rows import IndexRows, Leaf
from shared.fhir.parameters import Found, Parameter


def reference_leaf(parameter: Parameter, found: Found) -> Leaf:
    """A logical reference need not say its type; then it is found by its identifier through every parameter of the element."""
    param, identifier, bit, only = parameter.hash, parameter.derived("identifier"), 1 << parameter.bit, found.only

    def add(value: Any, rows: IndexRows) -> None:
        reference = value.get("reference")
        aim, type = target(reference) if reference else ("", "")
        type = type or value.get("type", "")
        if only and type != only and (type or aim):
            return
        if aim and aim[0] != "#":
            rows.reference.add((param, key(aim)))
            rows.shape |= bit
        if "identifier" in value and "value" in value["identifier"]:
            known = value["identifier"]
            rows.token.add((identifier, key(known["value"]), number(known.get("system", ""))))
            rows.shape |= bit

    return add


def canonical_reference_leaf(parameter: Parameter, _: Found) -> Leaf:
    param, bit = parameter.hash, 1 << parameter.bit

    def add(value: Any, rows: IndexRows) -> None:
        aim, type = target(value)
        for one in (aim,) if type and "|" not in value else canonical(value):
            rows.reference.add((param, key(one)))
        rows.shape |= bit

    return add


def resource_leaf(parameter: Parameter, _: Found) -> Leaf:
    param, bit, targets = parameter.hash, 1 << parameter.bit, parameter.targets

    def add(value: Any, rows: IndexRows) -> None:
        if value.get("resourceType") in targets and "id" in value:
            rows.reference.add((param, f"{value['resourceType']}/{value['id']}"))
            rows.shape |= bit

    return add
