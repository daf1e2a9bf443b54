"""Numbers and quantities as ranges, once for each form in which a search may name their unit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from shared.fhir.index.forms import number

Amount = tuple[int, int, float, float]
"""(form, span, low, high), both ends included: form 0 is any unit, span 0 a point, 1 a range."""

SMALLEST, GREATEST = -1.7e308, 1.7e308

CURRENCIES = "urn:iso:std:iso:4217"


def single(value: Any) -> Iterator[Amount]:
    """A number. JSON's own, or text.load's, which keeps its digits."""
    point = float(value)
    yield 0, 0, point, point


def quantity(value: Any) -> Iterator[Amount]:
    """A Quantity; `<` and `>` make it open on one side."""
    if "value" not in value:
        return
    low = high = float(value["value"])
    match value.get("comparator", "")[:1]:
        case "<":
            low = SMALLEST
        case ">":
            high = GREATEST
    for form in forms(value.get("system", ""), value.get("code", ""), value.get("unit", "")):
        yield form, int(low != high), low, high


def money(value: Any) -> Iterator[Amount]:
    if "value" in value:
        point = float(value["value"])
        for form in forms(CURRENCIES, value.get("currency", ""), ""):
            yield form, 0, point, point


def range_of(value: Any) -> Iterator[Amount]:
    """A Range; what it does not say is open."""
    low, high = value.get("low", {}), value.get("high", {})
    if "value" not in low and "value" not in high:
        return
    unit = low or high
    for form in forms(unit.get("system", ""), unit.get("code", ""), unit.get("unit", "")):
        yield form, 1, float(low.get("value", SMALLEST)), float(high.get("value", GREATEST))


def forms(system: str, code: str, unit: str) -> set[int]:
    """Any unit; `system|code`; and `||code`, which means the code or the unit as people write it."""
    found = {0}
    if code:
        found.add(number(f"|{code}"))
        if system:
            found.add(number(f"{system}|{code}"))
    if unit:
        found.add(number(f"|{unit}"))
    return found
