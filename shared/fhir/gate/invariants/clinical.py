"""Invariants of what is found and done: AllergyIntolerance, Condition, Observation, Immunization, List, Linkage …"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from shared.fhir.gate.invariants.datatypes import UCUM
from shared.fhir.gate.rules import (
    Rule,
    absent,
    both,
    count,
    each,
    either,
    exists,
    has_coding,
    holds,
    implies,
    is_one_of,
    no,
    not_both,
    part,
    some,
)

_ALLERGY_STATUS: Final = "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification"
_CONDITION_STATUS: Final = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
_CLINICAL_STATUS: Final = "http://terminology.hl7.org/CodeSystem/condition-clinical"

_PERCENT: Final = both(is_one_of("code", "%"), is_one_of("system", UCUM))

RULES: Final[Mapping[str, Rule]] = {
    "ait-1": either(has_coding("verificationStatus", _ALLERGY_STATUS, "entered-in-error"), exists("clinicalStatus")),
    "ait-2": either(no(has_coding("verificationStatus", _ALLERGY_STATUS, "entered-in-error")), absent("clinicalStatus")),
    "con-1": some("summary", "assessment"),
    "con-2": some("code", "detail"),
    "con-4": either(absent("abatement"), has_coding("clinicalStatus", _CLINICAL_STATUS, "resolved", "remission", "inactive")),
    "con-5": either(no(has_coding("verificationStatus", _CONDITION_STATUS, "entered-in-error")), absent("clinicalStatus")),
    "imm-1": some("documentType", "reference"),
    "lnk-1": count("item", minimum=2),
    "lst-1": not_both("emptyReason", "entry"),
    "lst-2": either(is_one_of("mode", "changes"), each("entry", absent("deleted"))),
    "lst-3": either(is_one_of("mode", "working"), each("entry", absent("date"))),
    "mad-1": some("dose", "rate"),
    "obs-3": some("low", "high", "text"),
    "obs-6": not_both("dataAbsentReason", "value"),
    "obs-7": implies(both(exists("value"), exists("component")), holds("no_component_repeats_the_code")),
    "ras-1": both(part("low", _PERCENT), part("high", _PERCENT)),
    "ras-2": lambda _: {"properties": {"probabilityDecimal": {"maximum": 100}}},
}
