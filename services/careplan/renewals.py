"""An authorization runs out, or is over, while the plan wants more: a task for the manager, gone when it is renewed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from shared.events.event import Event
from shared.fhir.change import Change
from shared.fhir.element import identifier, targets_of
from shared.store.transaction import Transaction
from shared.store.view import View

from . import tasks
from .attendance import tally, to_come, visits
from .authorizations import Authorization, last_day, of_request
from .tasks import Work
from .vocabulary import SERVICE

RUNS_OUT: Final = Work("renewal", "Authorized visits run out: renew, or end the service", "urgent")
OVER: Final = Work("renewal-missed", "The authorization is over and visits are to come: renew, or end the service", "urgent")

WORK_WHEN: Final = {"running-out": RUNS_OUT, "used-up": OVER, "expired": OVER}
"""By how an authorization stands."""

RENEWED: Final = "nothing is missing: renewed, or no longer wanted"
SPAN: Final = timedelta(days=3)

_OPEN: Final = ("draft", "active", "on-hold")
_STILL_TO_BE_HELD: Final = ("proposed", "pending", "booked", "arrived", "checked-in", "waitlist")


def hear_authorization(event: Event, tx: Transaction) -> None:
    """Any news of a ClaimResponse: the service that it is for."""
    answer = tx.read("ClaimResponse", event.subject)
    if answer and (request := identifier(answer, SERVICE)):
        settle(request, tx)


def hear_visit(event: Event, tx: Transaction) -> None:
    """Any news of an Appointment: what is booked before the end is not missing."""
    visit = tx.read("Appointment", event.subject)
    for request in targets_of((visit or {}).get("basedOn"), "ServiceRequest"):
        settle(request, tx)


def follow_request(change: Change[Any], tx: Transaction) -> None:
    """With every write of a ServiceRequest: one that has ended, or wants fewer visits, needs no renewal."""
    before, after = change.before, change.after
    if before and (change.deleted or any(before.get(name) != after.get(name) for name in ("status", "quantityQuantity"))):
        settle(after["id"], tx)


def settle(request: str, tx: Transaction) -> None:
    """Have one open task for each authorization of a service that runs out or is over and is missed, and no other."""
    known = of_request(request, tx)
    missing = _are_visits_missing(request, known, tx) if any(each.standing for each in known) else False
    for each in known:
        wanted = WORK_WHEN.get(each.standing) if missing and not _is_followed(each, known) else None
        for work in (RUNS_OUT, OVER):
            if work is wanted:
                _raise(work, each, request, tx)
            else:
                tasks.withdraw(tx, work, f"ClaimResponse/{each.id}", RENEWED)


def _raise(work: Work, answer: Authorization, request: str, tx: Transaction) -> None:
    if concern := tasks.concern_of(request, tx):
        tasks.raise_again(tx, work, f"ClaimResponse/{answer.id}", concern, tx.now + SPAN)


def _is_followed(answer: Authorization, known: list[Authorization]) -> bool:
    """Whether a task about a later authorization says the same: of several that are over, the last one is renewed."""
    return any(other.standing and (other.last, other.id) > (answer.last, answer.id) for other in known)


def _are_visits_missing(request: str, known: list[Authorization], view: View) -> bool:
    """Whether the plan wants more visits than can still take place on what is authorized."""
    service = view.read("ServiceRequest", request)
    if service is None or service["status"] not in _OPEN:
        return False
    planned = visits(request, view)
    coming = to_come(service, tally(planned)["fulfilled"])
    today = view.now.date()
    booked = sorted(last_day(visit["start"]) for visit in planned if visit["status"] in _STILL_TO_BE_HELD and "start" in visit)
    in_hand = [each for each in known if each.is_in_hand(today)]
    usable = sum(each.left if not each.standing else min(each.left, sum(day <= each.last for day in booked)) for each in in_hand)
    return coming is None or coming > usable
