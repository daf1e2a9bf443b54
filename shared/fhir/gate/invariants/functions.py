"""The invariants that compare values: functions of the object that is checked, true where the invariant holds or says nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from shared.fhir.gate.instants import is_after
from shared.fhir.gate.references import type_of

Object = Mapping[str, Any]


def period_starts_before_it_ends(period: Object) -> bool:
    return not is_after(period["start"], period["end"])


def modified_after_authored(task: Object) -> bool:
    return not is_after(task["authoredOn"], task["lastModified"])


def range_is_in_order(range: Object) -> bool:
    """Quantities of different units are not compared."""
    low, high = range["low"], range["high"]
    if any(low.get(key) != high.get(key) for key in ("unit", "system", "code")) or "value" not in low or "value" not in high:
        return True
    return Decimal(str(low["value"])) <= Decimal(str(high["value"]))


def no_component_repeats_the_code(observation: Object) -> bool:
    own = _codings(observation)
    return not any(coding in own for component in observation["component"] for coding in _codings(component))


def link_ids_are_unique(questionnaire: Object) -> bool:
    ids = list(_link_ids(questionnaire))
    return len(ids) == len(set(ids))


def member_is_a_practitioner(participant: Object) -> bool:
    """As far as the reference itself says what it leads to."""
    return type_of(participant["member"].get("reference", "")) in ("", "Practitioner")


def reference_is_of_its_type(reference: Object) -> bool:
    """`Reference.type` and the type in the literal reference are the same, where both tell."""
    said, led = reference["type"].removeprefix("http://hl7.org/fhir/StructureDefinition/"), type_of(reference["reference"])
    return not led or said == led or "/" in said


def _codings(coded: Object) -> list[Any]:
    code = coded.get("code", {})
    return code.get("coding", []) if isinstance(code, dict) else []


def _link_ids(item: Object) -> Iterator[str]:
    for inner in item.get("item", ()):
        if "linkId" in inner:
            yield inner["linkId"]
        yield from _link_ids(inner)


FUNCTIONS: Final[Mapping[str, Callable[[Object], bool]]] = {
    function.__name__: function
    for function in (
        period_starts_before_it_ends,
        modified_after_authored,
        range_is_in_order,
        no_component_repeats_the_code,
        link_ids_are_unique,
        member_is_a_practitioner,
        reference_is_of_its_type,
    )
}
