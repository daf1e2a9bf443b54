"""Requests for authorization that payers outside decide: records, so that they outlive the process that sends.

waiting → asking (somebody has taken it, until a time) → answered, or waiting again until the payer has decided. What may have
arrived is not sent again before the payer was asked whether it has it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from shared.fhir import text
from shared.fhir.change import Change
from shared.fhir.issue import Resource
from shared.store.transaction import Transaction
from shared.store.version import Record
from shared.store.view import View

from .requested import items_of
from .responding import waiting

KIND: Final = "authorization-sent"
_OPEN: Final = 1_000
"""So many of a payer's open requests are looked through: most of them are pended, and not due for hours."""
WAITING, ASKING, ANSWERED = "waiting", "asking", "answered"
Step = Literal["submit", "inquire", "update", "cancel"]

AGAIN: Final = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4))
"""After how long a payer is asked again, the more often it was asked in vain; the last one counts on."""


def follow(change: Change[Any], payer: str, tx: Transaction) -> None:
    """A request, or a change of what it asks for, is to be sent."""
    claim = change.after
    known = tx.recorded(KIND, claim["id"])
    if known and not _asks_otherwise(change):
        return
    said: dict[str, object] = {"payer": payer, "step": "submit", "next": text.instant(tx.now), "tries": 0}
    if known and _may_have_arrived(known):
        said |= {"step": "update", "doubt": not known.body.get("arrived")}
    _put(claim["id"], WAITING, said, known, tx)
    if known is None or not known.body.get("arrived"):
        tx.save(waiting(claim, "The request is on its way to the payer.", tx.now))


def withdraw(claim: Resource, tx: Transaction) -> None:
    """The payer is told that nobody wants it any more; it never hears of what it was not sent."""
    known = tx.recorded(KIND, claim["id"])
    if known is None or known.body["step"] == "cancel":
        return
    if _may_have_arrived(known):
        doubt = not known.body.get("arrived")
        _put(claim["id"], WAITING, {"step": "cancel", "doubt": doubt, "next": text.instant(tx.now), "tries": 0}, known, tx)
    else:
        _put(claim["id"], ANSWERED, {"step": "cancel"}, known, tx)


def due(payer: str, now: datetime, view: View, limit: int) -> list[Record]:
    """What a payer is to be asked now."""
    found = view.records(KIND, key=("open", payer), limit=_OPEN)
    return [record for record in found if _is_free(record, now)][:limit]


def take(ids: Iterable[str], until: datetime, tx: Transaction) -> list[Record]:
    """Of these those that are still free: ours until then. What was taken by one who has not come back may have arrived."""
    taken = []
    for id in ids:
        record = tx.recorded(KIND, id)
        if record and _is_free(record, tx.now):
            lost = record.state == ASKING
            _put(id, ASKING, {"until": text.instant(until), "doubt": lost or bool(record.body.get("doubt"))}, record, tx)
            taken.append(tx.recorded(KIND, id) or record)
    return taken


def again(record: Record, *, doubt: bool, tx: Transaction) -> None:
    """Asked in vain. `doubt`: it may have arrived."""
    current = tx.recorded(KIND, record.id)
    if current is None or current.state != ASKING:
        return
    tries = int(str(current.body.get("tries", 0)))
    wait = AGAIN[min(tries, len(AGAIN) - 1)]
    said = {"tries": tries + 1, "next": text.instant(tx.now + wait), "doubt": doubt}
    _put(record.id, WAITING, said, current, tx)


def pended(record: Record, tx: Transaction) -> None:
    """The payer has it and decides later: it is asked then."""
    current = tx.recorded(KIND, record.id)
    if current is None or current.state != ASKING or current.body["step"] != record.body["step"]:
        return
    polls = int(str(current.body.get("polls", 0)))
    wait = AGAIN[min(polls, len(AGAIN) - 1)]
    said = {
        "step": "inquire",
        "arrived": True,
        "doubt": False,
        "polls": polls + 1,
        "next": text.instant(tx.now + wait),
        "tries": 0,
    }
    _put(record.id, WAITING, said, current, tx)


def answered(record: Record, tx: Transaction, *, arrived: bool = True) -> None:
    """Nothing more is to be asked. `arrived`: the payer has it."""
    current = tx.recorded(KIND, record.id)
    if current is None or current.state != ASKING or current.body["step"] != record.body["step"]:
        return
    _put(record.id, ANSWERED, {"arrived": arrived, "doubt": False, "polls": 0, "tries": 0}, current, tx)


def look_now(claim: str, tx: Transaction) -> None:
    """The payer says that there is news: it is asked at once."""
    known = tx.recorded(KIND, claim)
    if known and known.body.get("arrived") and known.body["step"] != "cancel" and known.state != ASKING:
        _put(claim, WAITING, {"step": "inquire", "next": text.instant(tx.now)}, known, tx)


def _may_have_arrived(record: Record) -> bool:
    return bool(record.body.get("arrived") or record.body.get("doubt") or record.state == ASKING)


def _asks_otherwise(change: Change[Any]) -> bool:
    def asked(claim: Resource) -> dict[int, object]:
        return {sequence: (item.content, item.cancelled) for sequence, item in items_of(claim).items()}

    return change.before is None or change.became("status", "active") or asked(change.before) != asked(change.after)


def _is_free(record: Record, now: datetime) -> bool:
    if record.state == ASKING:
        return datetime.fromisoformat(str(record.body["until"])) <= now
    return record.state == WAITING and datetime.fromisoformat(str(record.body["next"])) <= now


def _put(id: str, state: str, said: dict[str, object], known: Record | None, tx: Transaction) -> None:
    body: dict[str, object] = {**(known.body if known else {}), **said}
    keys = {} if state == ANSWERED else {"open": str(body["payer"])}
    tx.record(KIND, id, state, keys, body)
