"""What an insurance plan pays for: one decision for one service on one day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from shared.fhir.element import codes_in, extension

from .vocabulary import PRIOR_AUTHORIZATION, SERVICE_TYPE


@dataclass(frozen=True, slots=True)
class Benefit:
    """`limit`: how many visits in all, None: no limit is known. `requirement`: the payer's sentence."""

    covered: bool
    needs_authorization: bool = False
    limit: int | None = None
    requirement: str = ""


NOT_COVERED = Benefit(covered=False)


_FIRST_DAY: Mapping[int, str] = {4: "-01-01", 7: "-01"}
_LAST_DAY: Mapping[int, str] = {4: "-12-31", 7: "-31"}
"""What makes a year or a month, by its length as text, a day that sorts right among days."""


def benefit_for(category: str, plan: Mapping[str, Any]) -> Benefit:
    """What an InsurancePlan says of an X12 service type; what it does not name is not covered."""
    for found in _benefits(plan):
        if category in codes_in(found["type"], SERVICE_TYPE):
            return Benefit(
                covered=True,
                needs_authorization=extension(found, PRIOR_AUTHORIZATION) is True,
                limit=_limit(found),
                requirement=found.get("requirement", ""),
            )
    return NOT_COVERED


def in_force(coverage: Mapping[str, Any], day: date) -> bool:
    """Whether a Coverage is active on a day; a bound of its period that is missing is open."""
    period = coverage.get("period", {})
    return coverage["status"] == "active" and _begins(period) <= day.isoformat() <= _ends(period)


def _benefits(plan: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for section in plan.get("coverage", ()):
        yield from section.get("benefit", ())


def _limit(benefit: Mapping[str, Any]) -> int | None:
    values = (limit.get("value", {}).get("value") for limit in benefit.get("limit", ()))
    return next((int(float(value)) for value in values if value is not None), None)


def _begins(period: Mapping[str, str]) -> str:
    day = period.get("start", "0001-01-01")[:10]
    return day + _FIRST_DAY.get(len(day), "")


def _ends(period: Mapping[str, str]) -> str:
    day = period.get("end", "9999-12-31")[:10]
    return day + _LAST_DAY.get(len(day), "")
