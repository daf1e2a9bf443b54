"""Authorized visits counted down by the visits that took place.

The count is taken from the appointments that are known, so that a correction counts back and nothing counts twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from shared.events.event import Event
from shared.fhir.element import code_in, concept, targets_of
from shared.fhir.issue import Resource
from shared.store.transaction import Transaction

from .vocabulary import ADJUDICATION, SERVICE

APPROVED, USED = "approved-visits", "used-visits"
RENEW_WHEN_LEFT = 2
"""So many visits before the end of an authorization the manager hears of it."""


def hear_visit(event: Event, tx: Transaction) -> None:
    """Any news of an Appointment that is for a service."""
    known = tx.read("Appointment", event.subject) or event.resource
    for request in targets_of(known.get("basedOn"), "ServiceRequest"):
        recount(request, tx)


def recount(request: str, tx: Transaction) -> None:
    """Write into each authorization of a service how many of its visits are used."""
    answers = tx.search(f"ClaimResponse?identifier={SERVICE}|{request}&status=active&outcome=complete")
    granted = sorted(
        (answer for answer in answers if visits(answer, APPROVED)), key=lambda answer: (answer["created"], answer["id"])
    )
    held = tx.search(f"Appointment?based-on=ServiceRequest/{request}&status=fulfilled") if granted else []
    for answer, used in zip(granted, share(len(held), [visits(answer, APPROVED) for answer in granted]), strict=True):
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


def _adjudications(answer: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [each for item in answer.get("item", ()) for each in item.get("adjudication", ())]
