"""Requests for authorization that payers outside decide: records, so that they outlive the process that sends.

They wait in a queue for each payer until it has answered, and again until it has decided. What may have arrived is not sent again
before the payer was asked whether it has it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final, Literal

from shared.fhir.change import Change
from shared.fhir.issue import Resource
from shared.store.queue import TAKEN, Queue
from shared.store.transaction import Transaction
from shared.store.version import Record

from .requested import items_of
from .responding import waiting

KIND: Final = "authorization-sent"
ANSWERED: Final = "answered"
Step = Literal["submit", "inquire", "update", "cancel"]

AGAIN: Final = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4))
"""After how long a payer is asked again, the more often it was asked in vain; the last one counts on."""


def queue(payer: str) -> Queue:
    """What a payer (by name) is yet to be sent, or asked about."""
    return Queue(KIND, payer)


def follow(change: Change[Any], payer: str, tx: Transaction) -> None:
    """A request, or a change of what it asks for, is to be sent."""
    claim = change.after
    known = tx.recorded(KIND, claim["id"])
    if known and not _asks_otherwise(change):
        return
    said: dict[str, object] = {"payer": payer, "step": "submit", "tries": 0}
    if known and _may_have_arrived(known):
        said |= {"step": "update", "doubt": not known.body.get("arrived")}
    _wait(claim["id"], said, known, tx)
    if known is None or not known.body.get("arrived"):
        tx.save(waiting(claim, "The request is on its way to the payer.", tx.now))


def withdraw(claim: Resource, tx: Transaction) -> None:
    """The payer is told that nobody wants it any more; it never hears of what it was not sent."""
    known = tx.recorded(KIND, claim["id"])
    if known is None or known.body["step"] == "cancel":
        return
    if _may_have_arrived(known):
        _wait(claim["id"], {"step": "cancel", "doubt": not known.body.get("arrived"), "tries": 0}, known, tx)
    else:
        _end(known, {"step": "cancel"}, tx)


def held(record: Record, tx: Transaction) -> Record | None:
    """How a request stands that was taken; None if it was changed or withdrawn meanwhile, or is another's by now."""
    return queue(str(record.body["payer"])).held(record, tx)


def is_in_doubt(taken: Record) -> bool:
    """Whether it may have arrived: what was taken by one who has not come back, too."""
    return taken.state == TAKEN or bool(taken.body.get("doubt"))


def again(record: Record, *, doubt: bool, tx: Transaction) -> None:
    """Asked in vain. `doubt`: it may have arrived."""
    if current := held(record, tx):
        tries = _number("tries", current)
        _wait(record.id, {"tries": tries + 1, "doubt": doubt}, current, tx, after=_pause(tries))


def pended(record: Record, tx: Transaction) -> None:
    """The payer has it and decides later: it is asked then."""
    if current := held(record, tx):
        polls = _number("polls", current)
        said = {"step": "inquire", "arrived": True, "doubt": False, "polls": polls + 1, "tries": 0}
        _wait(record.id, said, current, tx, after=_pause(polls))


def answered(record: Record, tx: Transaction, *, arrived: bool = True) -> None:
    """Nothing more is to be asked. `arrived`: the payer has it."""
    if current := held(record, tx):
        _end(current, {"arrived": arrived, "doubt": False, "polls": 0, "tries": 0}, tx)


def look_now(claim: str, tx: Transaction) -> None:
    """The payer says that there is news: it is asked at once."""
    known = tx.recorded(KIND, claim)
    if known and known.body.get("arrived") and known.body["step"] != "cancel" and known.state != TAKEN:
        _wait(claim, {"step": "inquire"}, known, tx)


def _may_have_arrived(record: Record) -> bool:
    return bool(record.body.get("arrived") or record.body.get("doubt") or record.state == TAKEN)


def _asks_otherwise(change: Change[Any]) -> bool:
    def asked(claim: Resource) -> dict[int, object]:
        return {sequence: (item.content, item.cancelled) for sequence, item in items_of(claim).items()}

    return change.before is None or change.became("status", "active") or asked(change.before) != asked(change.after)


def _number(name: str, record: Record) -> int:
    return int(str(record.body.get(name, 0)))


def _pause(times: int) -> timedelta:
    return AGAIN[min(times, len(AGAIN) - 1)]


def _wait(id: str, said: dict[str, object], known: Record | None, tx: Transaction, *, after: timedelta = timedelta(0)) -> None:
    body = {**(known.body if known else {}), **said}
    queue(str(body["payer"])).put(id, tx.now + after, body, tx)


def _end(known: Record, said: dict[str, object], tx: Transaction) -> None:
    tx.record(KIND, known.id, ANSWERED, {}, {**known.body, **said})
