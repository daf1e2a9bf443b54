"""Questions that payers outside have yet to answer: records, so that they outlive the process that asks.

They wait in a queue for each payer until they are answered. When all that a request asks are answered, or its time is over, the
response is committed with the last of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from shared.fhir import text
from shared.fhir.issue import Resource
from shared.kernel.ids import id_from
from shared.store.queue import Queue
from shared.store.transaction import Transaction
from shared.store.version import Record, Timer

from .answered import told
from .decision import failed
from .merging import merged
from .reasons import FAILURES

KIND: Final = "question"
DUE: Final = "eligibility-due"
ANSWERED: Final = "answered"
GRACE: Final = timedelta(seconds=1)
"""The one who asks sees to the time limit; the timer comes after it, for one who was killed."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one payer is asked of a request: which of its coverages (their places in `insurance`), and how early it pays."""

    places: tuple[int, ...]
    rank: int


def queue(payer: str) -> Queue:
    """What a payer (by name) is yet to be asked."""
    return Queue(KIND, payer)


def wait_for(request: str, payer: str, part: Part, tx: Transaction) -> None:
    """Have a payer asked about a part of a request."""
    queue(payer).put(_id(request, payer), tx.now, _body(request, part), tx, {"request": request})


def note(request: str, part: Part, said: Resource, tx: Transaction) -> None:
    """What is answered here of a request whose other parts wait for payers outside."""
    tx.record(KIND, _id(request, ""), ANSWERED, {"request": request}, _body(request, part) | {"said": text.dump(said).decode()})


def ends(request: str, seconds: float, tx: Transaction) -> None:
    """When the time of a request is over, whoever has answered."""
    tx.schedule(DUE, tx.now + timedelta(seconds=seconds) + GRACE, request)


def answer(record: Record, said: Resource, tx: Transaction) -> Resource | None:
    """Note what a payer has said (`answered.told`); the whole answer, if it was the last that was waited for."""
    known = tx.recorded(KIND, record.id)
    if known is None or known.state == ANSWERED:
        return None
    request = str(record.body["request"])
    tx.record(KIND, record.id, ANSWERED, {"request": request}, known.body | {"said": text.dump(said).decode()})
    return _whole(request, tx)


def places(record: Record) -> list[int]:
    """Which of a request's coverages a record asks about."""
    said: Any = record.body["places"]
    return list(said)


def time_is_over(timer: Timer, tx: Transaction) -> Resource | None:
    """Whoever has not answered by now has not answered."""
    silent = told(failed(FAILURES["payer-silent"]))
    whole = None
    for record in tx.records(KIND, key=("request", timer.key)):
        if record.state != ANSWERED:
            whole = answer(record, silent, tx)
    return whole


def _whole(request: str, tx: Transaction) -> Resource | None:
    records = tx.records(KIND, key=("request", request))
    if any(record.state != ANSWERED for record in records):
        return None
    tx.unschedule(DUE, request)
    return merged([text.load(str(record.body["said"]).encode()) for record in sorted(records, key=_rank)])


def _rank(record: Record) -> tuple[int, str]:
    return int(str(record.body["rank"])), record.id


def _body(request: str, part: Part) -> dict[str, object]:
    return {"request": request, "places": list(part.places), "rank": part.rank}


def _id(request: str, payer: str) -> str:
    return id_from("question", request, payer)
