"""Invariants of insurance: CoverageEligibilityResponse, InsurancePlan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from shared.fhir.gate.rules import Rule, exactly_one, exists, some

RULES: Final[Mapping[str, Rule]] = {
    "ces-1": exactly_one(exists("category"), exists("productOrService")),
    "ipn-1": some("identifier", "name"),
}
