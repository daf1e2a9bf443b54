"""Which function indexes the values of a data type for a kind of parameter. Each is closed over the parameter's numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from shared.fhir.index.amounts import money, quantity, range_of, single
from shared.fhir.index.rows import IndexRows, Leaf
from shared.fhir.index.targets import canonical_reference_leaf, reference_leaf, resource_leaf
from shared.fhir.index.texts import address_leaf, human_name_leaf, phonetic_leaf, string_leaf
from shared.fhir.index.times import date_leaf, period_leaf, timing_leaf
from shared.fhir.index.tokens import (
    boolean_leaf,
    canonical_uri_leaf,
    code_leaf,
    codeable_concept_leaf,
    coding_leaf,
    contact_point_leaf,
    identifier_leaf,
    plain_token_leaf,
    present_leaf,
)
from shared.fhir.parameters import Found, Parameter


def leaf(parameter: Parameter, kind: str, found: Found) -> Leaf:
    """What indexes the values at one place of a parameter (or of a composite's component, where kinds differ)."""
    if parameter.code == "phonetic":
        return phonetic_leaf(parameter)
    return _LEAVES[kind, found.type](parameter, found) if (kind, found.type) in _LEAVES else _OTHERS[kind](parameter, found)


def _amount(read: Callable[[Any], Any]) -> Callable[[Parameter, Found], Leaf]:
    def of(parameter: Parameter, _: Found) -> Leaf:
        param, bit = parameter.hash, 1 << parameter.bit

        def add(value: Any, rows: IndexRows) -> None:
            for amount in read(value):
                rows.quantity.add((param, *amount))
                rows.shape |= bit

        return add

    return of


_LEAVES: Mapping[tuple[str, str], Callable[[Parameter, Found], Leaf]] = {
    ("token", "CodeableConcept"): codeable_concept_leaf,
    ("token", "Coding"): coding_leaf,
    ("token", "Identifier"): identifier_leaf,
    ("token", "ContactPoint"): contact_point_leaf,
    ("token", "code"): code_leaf,
    ("token", "boolean"): boolean_leaf,
    ("token", "present"): present_leaf,
    ("token", "canonical"): canonical_uri_leaf,
    ("reference", "Reference"): reference_leaf,
    ("reference", "Resource"): resource_leaf,
    ("date", "Period"): period_leaf,
    ("date", "Timing"): timing_leaf,
    ("string", "HumanName"): human_name_leaf,
    ("string", "Address"): address_leaf,
    ("number", "Range"): _amount(range_of),
    ("quantity", "Range"): _amount(range_of),
    ("quantity", "Money"): _amount(money),
    ("uri", "canonical"): canonical_uri_leaf,
}

_OTHERS: Mapping[str, Callable[[Parameter, Found], Leaf]] = {
    "token": plain_token_leaf,
    "reference": canonical_reference_leaf,
    "date": date_leaf,
    "string": string_leaf,
    "number": _amount(single),
    "quantity": _amount(quantity),
    "uri": plain_token_leaf,
}
