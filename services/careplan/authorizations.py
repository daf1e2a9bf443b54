"""What payers have authorized of a service: visits approved, used and left, and the last day on which they may take place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

from shared.fhir.element import code_in, extension
from shared.fhir.index.moments import moments
from shared.fhir.issue import Resource
from shared.store.view import View

from .vocabulary import ADJUDICATION, SERVICE, STANDING

NO_LAST_DAY = date.max


@dataclass(frozen=True, slots=True)
class Authorization:
    """`standing` is coverage's word for what is left of it: running-out, used-up, expired, or "" for enough."""

    id: str
    outcome: str
    approved: int
    used: int
    last: date
    standing: str

    @property
    def left(self) -> int:
        return max(0, self.approved - self.used)

    def is_in_hand(self, today: date) -> bool:
        """Whether a visit can still take place on it."""
        return self.left > 0 and today <= self.last


def authorizations(answers: Iterable[Resource]) -> list[Authorization]:
    """Of ClaimResponses of a preauthorization."""
    return [_read(answer) for answer in answers if answer["use"] == "preauthorization"]


def of_request(request: str, view: View) -> list[Authorization]:
    """Those of a ServiceRequest that count."""
    return authorizations(view.search(f"ClaimResponse?identifier={SERVICE}|{request}&status=active"))


@lru_cache(maxsize=4096)
def last_day(period_end: str) -> date:
    """The last day of a period, in the calendar of who wrote its end."""
    if len(period_end) >= len("2026-11-23"):
        return date.fromisoformat(period_end[:10])
    return (datetime.fromtimestamp(moments(period_end)[1] / 1_000_000 - 1, UTC)).date()


def last_of(period: Mapping[str, Any] | None) -> date:
    end = (period or {}).get("end")
    return last_day(end) if end else NO_LAST_DAY


def _read(answer: Resource) -> Authorization:
    return Authorization(
        id=answer["id"],
        outcome=answer["outcome"],
        approved=_adjudicated(answer, "approved-visits"),
        used=_adjudicated(answer, "used-visits"),
        last=last_of(answer.get("preAuthPeriod")),
        standing=str(extension(answer, STANDING) or ""),
    )


def _adjudicated(answer: Resource, code: str) -> int:
    """The sum of an adjudication over the items, 0 where there is none."""
    return sum(
        int(float(adjudication.get("value", 0)))
        for item in answer.get("item", ())
        for adjudication in item.get("adjudication", ())
        if code_in(adjudication["category"], ADJUDICATION) == code
    )
