"""The answer of payers outside has arrived, or their time is over."""

from __future__ import annotations

from shared.fhir.element import identifier
from shared.fhir.issue import Resource
from shared.store.transaction import Transaction
from shared.store.version import Record, Timer

from . import eligibility, live, pending
from .vocabulary import SERVICE


def arrived(record: Record, said: Resource, tx: Transaction) -> None:
    """What one payer has said (`answered.told`); with the last one's words the response is committed."""
    if whole := pending.answer(record, said, tx):
        _complete(str(record.body["request"]), whole, tx)


def time_is_over(timer: Timer, tx: Transaction) -> None:
    """The timer `pending.DUE`: a request is answered at the latest at its time limit."""
    if whole := pending.time_is_over(timer, tx):
        _complete(timer.key, whole, tx)


def _complete(request: str, said: Resource, tx: Transaction) -> None:
    """A request that nobody wants answered any more is not answered; a service of a plan goes on to its next payer."""
    known = tx.read("CoverageEligibilityRequest", request)
    if known is None or known["status"] != "active":
        return
    tx.save(eligibility.response(known, said, tx.now))
    if service := identifier(known, SERVICE):
        live.hear_answer(service, tx)
