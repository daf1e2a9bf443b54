"""Authorized visits and the plan's own, counted down by the visits that took place.

The count is taken from the appointments that are known, so that a correction counts back and nothing counts twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from shared.events.event import Event
from shared.fhir.element import code_in, concept, target_of, targets_of
from shared.fhir.issue import Resource
from shared.store.transaction import Transaction
from shared.store.view import View

from . import accounts
from .accounts import Posting
from .catalogue import plan_of
from .days import days_of
from .deciding import LAST, plan_year
from .vocabulary import ADJUDICATION, SERVICE, SERVICE_TYPE

APPROVED, USED = "approved-visits", "used-visits"
RENEW_WHEN_LEFT = 2
"""So many visits before the end of an authorization the manager hears of it."""


def hear_visit(event: Event, tx: Transaction) -> None:
    """Any news of an Appointment that is for a service."""
    known = tx.read("Appointment", event.subject) or event.resource
    for request in targets_of(known.get("basedOn"), "ServiceRequest"):
        recount(request, tx)


def recount(request: str, tx: Transaction) -> None:
    """Write into each authorization of a service how many of its visits are used, and book them on the member's account."""
    held = tx.search(f"Appointment?based-on=ServiceRequest/{request}&status=fulfilled")
    _count_down(request, len(held), tx)
    accounts.book(f"ServiceRequest/{request}", _used(request, held, tx), tx)


def _count_down(request: str, held: int, tx: Transaction) -> None:
    answers = tx.search(f"ClaimResponse?identifier={SERVICE}|{request}&status=active&outcome=complete")
    granted = sorted(
        (answer for answer in answers if visits(answer, APPROVED)), key=lambda answer: (answer["created"], answer["id"])
    )
    for answer, used in zip(granted, share(held, [visits(answer, APPROVED) for answer in granted]), strict=True):
        if used != visits(answer, USED):
            tx.save(with_used(answer, used))


def share(held: int, approved: Iterable[int]) -> list[int]:
    """How many of the visits held count on each authorization: the first is used up before the next begins."""
    used = []
    for number in approved:
        used.append(min(held, number))
        held -= used[-1]
    return used


def is_running_out(answer: Mapping[str, Any]) -> bool:
    """Whether some, but few, of the visits that an authorization approves are left."""
    approved = visits(answer, APPROVED)
    return approved > 0 and visits(answer, USED) > 0 and approved - visits(answer, USED) <= RENEW_WHEN_LEFT


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


def _adjudications(answer: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [each for item in answer.get("item", ()) for each in item.get("adjudication", ())]
