"""Invariants of the data types: http://hl7.org/fhir/R4/datatypes.html and metadatatypes.html"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from shared.fhir.gate.rules import (
    Rule,
    absent,
    at_least,
    both,
    either,
    exactly_one,
    exists,
    holds,
    implies,
    is_one_of,
    needs,
    not_both,
    some,
)

UCUM: Final = "http://unitsofmeasure.org"

_CODED: Final = implies(exists("value"), exists("code"))
_UCUM_IF_ANY: Final = either(absent("system"), is_one_of("system", UCUM))
_EVENTS_OF_DAY: Final = ("C", "CM", "CD", "CV")


RULES: Final[Mapping[str, Rule]] = {
    "age-1": both(_CODED, _UCUM_IF_ANY, lambda _: {"properties": {"value": {"exclusiveMinimum": 0}}}),
    "att-1": needs("data", "contentType"),
    "cnt-3": both(
        _CODED, _UCUM_IF_ANY, either(absent("code"), is_one_of("code", "1")), lambda _: {"properties": {"value": {"whole": True}}}
    ),
    "cpt-2": needs("value", "system"),
    "dis-1": both(_CODED, _UCUM_IF_ANY),
    "drq-1": exactly_one(exists("path"), exists("searchParam")),
    "drq-2": exactly_one(exists("path"), exists("searchParam")),
    "drt-1": implies(exists("code"), both(is_one_of("system", UCUM), exists("value"))),
    "exp-1": some("expression", "reference"),
    "ext-1": exactly_one(exists("extension"), exists("value")),
    "per-1": implies(lambda _: {"required": ["start", "end"]}, holds("period_starts_before_it_ends")),
    "qty-3": needs("code", "system"),
    "rat-1": either(
        both(exists("numerator"), exists("denominator")), both(absent("numerator"), absent("denominator"), exists("extension"))
    ),
    "rng-2": implies(lambda _: {"required": ["low", "high"]}, holds("range_is_in_order")),
    "tim-1": needs("duration", "durationUnit"),
    "tim-2": needs("period", "periodUnit"),
    "tim-4": at_least("duration", 0),
    "tim-5": at_least("period", 0),
    "tim-6": needs("periodMax", "period"),
    "tim-7": needs("durationMax", "duration"),
    "tim-8": needs("countMax", "count"),
    "tim-9": implies(
        exists("offset"),
        both(exists("when"), lambda _: {"properties": {"when": {"items": {"not": {"enum": list(_EVENTS_OF_DAY)}}}}}),
    ),
    "tim-10": not_both("timeOfDay", "when"),
    "trd-1": not_both("data", "timing"),
    "trd-2": needs("condition", "data"),
    "trd-3": both(
        implies(is_one_of("type", "named-event"), exists("name")),
        implies(is_one_of("type", "periodic"), exists("timing")),
        implies(lambda _: {"required": ["type"], "properties": {"type": {"pattern": "^data-"}}}, exists("data")),
    ),
}
