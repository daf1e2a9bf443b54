"""Which groups of illnesses a Condition belongs to, by its code, and what they count. The lists are data (conditions.json).

Points as in the comorbidity part of the LACE index; ICD-10 codes as Quan et al. (2005) give them for Charlson's groups.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SNOMED = "http://snomed.info/sct"
ICD_10 = frozenset({"http://hl7.org/fhir/sid/icd-10-cm", "http://hl7.org/fhir/sid/icd-10"})

_OVER = frozenset({"inactive", "remission", "resolved"})
_NOT_SO = frozenset({"refuted", "entered-in-error"})


@dataclass(frozen=True, slots=True)
class Illness:
    """`icd_10`: how its codes begin, without dots."""

    name: str
    points: int
    icd_10: tuple[str, ...]
    snomed: frozenset[str]

    def holds(self, code: Mapping[str, Any]) -> bool:
        if code.get("system") in ICD_10:
            return str(code.get("code", "")).replace(".", "").upper().startswith(self.icd_10)
        return code.get("system") == SNOMED and code.get("code") in self.snomed


def _illness(name: str, listed: Mapping[str, Any]) -> Illness:
    icd_10 = tuple(code.replace(".", "") for code in listed["icd-10"])
    return Illness(name, listed["points"], icd_10, frozenset(listed["snomed"]))


ILLNESSES: tuple[Illness, ...] = tuple(
    _illness(name, listed)
    for name, listed in json.loads(Path(__file__).with_name("conditions.json").read_text(encoding="utf-8")).items()
)


def standing(conditions: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Those that the patient has, as far as anybody says."""
    for condition in conditions:
        if _OVER.isdisjoint(_codes(condition.get("clinicalStatus"))) and _NOT_SO.isdisjoint(
            _codes(condition.get("verificationStatus"))
        ):
            yield condition


def groups_of(conditions: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """Names of conditions.json."""
    codings = [coding for condition in conditions for coding in condition.get("code", {}).get("coding", ())]
    return frozenset(illness.name for illness in ILLNESSES if any(illness.holds(coding) for coding in codings))


def points_of(groups: Iterable[str]) -> int:
    """What they count together; of diabetes, liver, kidney and cancer the heavier form alone."""
    found = set(groups)
    for heavier, lighter in _HEAVIER.items():
        if heavier in found:
            found.discard(lighter)
    return sum(illness.points for illness in ILLNESSES if illness.name in found)


_HEAVIER: Mapping[str, str] = {
    "diabetes-with-complications": "diabetes",
    "severe-liver-or-kidney-disease": "liver-or-kidney-disease",
    "metastatic-cancer": "cancer",
}


def _codes(concept: Mapping[str, Any] | None) -> set[str]:
    return {coding.get("code", "") for coding in (concept or {}).get("coding", ())}
