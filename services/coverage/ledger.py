"""Authorized visits and the plan's own, counted down by the visits that took place.

The count is taken from the appointments that are known, so that a correction counts back and nothing counts twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final

from shared.events.event import Event
from shared.fhir.change import Change
from shared.fhir.element import code_in, concept, identifier, target_of, targets_of
from shared.fhir.issue import Resource
from shared.store.transaction import Transaction
from shared.store.view import View

from . import accounts, renewing
from .accounts import Posting
from .catalogue import plan_of
from .days import Days, days_of, period_of
from .deciding import LAST, plan_year
from .vocabulary import ADJUDICATION, SERVICE, SERVICE_TYPE

APPROVED, USED = "approved-visits", "used-visits"
VISIT: Final = "visit"
"""The record of the services that an Appointment is for."""

Lot = tuple[int, Days]
"""Of an authorization: how many visits it approves, and on which days."""


def hear_visit(event: Event, tx: Transaction) -> None:
    """Any news of an Appointment: the services that it is for, and those that it was for until now."""
    known = tx.read("Appointment", event.subject) or {}
    now = targets_of(known.get("basedOn"), "ServiceRequest")
    recorded = tx.recorded(VISIT, event.subject)
    before: Any = recorded.body["services"] if recorded else []
    if now != before:
        tx.record(VISIT, event.subject, "", {}, {"services": now})
    for request in sorted({*now, *before}):
        recount(request, tx)


def recount(request: str, tx: Transaction) -> None:
    """Write into each authorization of a service how many of its visits are used and how it stands, and book the visits on
    the member's account."""
    held = tx.search(f"Appointment?based-on=ServiceRequest/{request}&status=fulfilled")
    _count_down(request, [days_of(visit["start"]).first for visit in held if "start" in visit], tx)
    accounts.book(f"ServiceRequest/{request}", _used(request, held, tx), tx)


def follow_authorization(change: Change[Any], tx: Transaction) -> None:
    """With every write of a ClaimResponse, whoever has decided: what is counted on it, and on those beside it."""
    answer = change.after
    request = identifier(answer, SERVICE)
    if answer["use"] != "preauthorization" or not request:
        return
    if change.deleted or answer["status"] != "active":
        tx.unschedule(renewing.TURNS, answer["id"])
    recount(request, tx)


def _count_down(request: str, held: Sequence[date], tx: Transaction) -> None:
    answers = tx.search(f"ClaimResponse?identifier={SERVICE}|{request}&status=active&outcome=complete,partial")
    granted = sorted((answer for answer in answers if visits(answer, APPROVED)), key=_age)
    lots = [(visits(answer, APPROVED), period_of(answer.get("preAuthPeriod"))) for answer in granted]
    today = tx.now.date()
    for answer, (approved, lasts), used in zip(granted, lots, share(held, lots), strict=True):
        stands = renewing.standing(approved, used, lasts, today)
        counted = answer if used == visits(answer, USED) else with_used(answer, used)
        if counted is not answer or stands != renewing.stands(answer):
            tx.save(renewing.with_standing(counted, stands))
        renewing.watch(answer, today, tx)


def share(held: Iterable[date], lots: Sequence[Lot]) -> list[int]:
    """How many of the visits held count on each authorization, the oldest first: each visit on the first that is for its day
    and not used up. A visit that no authorization is for counts on none."""
    used = [0] * len(lots)
    for day in sorted(held):
        for place, (approved, lasts) in enumerate(lots):
            if used[place] < approved and day in lasts:
                used[place] += 1
                break
    return used


def visits(answer: Mapping[str, Any], code: str) -> int:
    """Approved or used visits of an authorization."""
    return sum(
        int(float(each.get("value", 0))) for each in _adjudications(answer) if code_in(each["category"], ADJUDICATION) == code
    )


def with_used(answer: Resource, used: int) -> Resource:
    first, *rest = answer["item"]
    others = [each for each in first["adjudication"] if code_in(each["category"], ADJUDICATION) != USED]
    counted = {"category": concept(ADJUDICATION, USED), "value": used}
    return answer | {"item": [first | {"adjudication": [*others, counted]}, *rest]}


def _used(request: str, held: list[Resource], view: View) -> Iterator[Posting]:
    """Visits that took place, by plan year, on the account of the coverage that covers the service."""
    type = code_in((view.read("ServiceRequest", request) or {}).get("category"), SERVICE_TYPE)
    coverage = _covering(request, view) if held and type else None
    plan = coverage and plan_of(coverage, view)
    if coverage is None or not plan:
        return
    years = Counter(plan_year(plan, days_of(visit["start"]).first).first.isoformat() for visit in held if "start" in visit)
    for year, number in years.items():
        yield Posting(f"Coverage/{coverage['id']}", year, {f"visits/{type}/{request}/held": number})


def _covering(request: str, view: View) -> Resource | None:
    """The first coverage in the order of payers that covers a service."""
    answers = view.search(f"CoverageEligibilityResponse?identifier={SERVICE}|{request}&status=active")
    insurances = [each for answer in answers for each in answer.get("insurance", ()) if each.get("inforce")]
    covering = [each for each in insurances if any(not item.get("excluded") for item in each.get("item", ()))]
    found = [coverage for each in covering if (coverage := view.read("Coverage", target_of(each["coverage"]).partition("/")[2]))]
    return min(found, key=lambda coverage: (coverage.get("order", LAST), coverage["id"]), default=None)


def _age(answer: Mapping[str, Any]) -> tuple[date, str, str]:
    return period_of(answer.get("preAuthPeriod")).first, answer["created"], answer["id"]


def _adjudications(answer: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [each for item in answer.get("item", ()) for each in item.get("adjudication", ())]
