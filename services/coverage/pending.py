"""Questions that payers outside have yet to answer: records, so that they outlive the process that asks.

waiting → asking (somebody has taken it, until a time) → answered. When all that a request asks are answered, or its time is
over, the response is committed with the last of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from shared.fhir import text
from shared.fhir.issue import Resource
from shared.kernel.ids import id_from
from shared.store.transaction import Transaction
from shared.store.version import Record, Timer
from shared.store.view import View

from .answered import told
from .decision import failed
from .merging import merged
from .reasons import FAILURES

KIND: Final = "question"
DUE: Final = "eligibility-due"
WAITING, ASKING, ANSWERED = "waiting", "asking", "answered"
GRACE: Final = timedelta(seconds=1)
"""The one who asks sees to the time limit; the timer comes after it, for one who was killed."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one payer is asked of a request: which of its coverages (their places in `insurance`), and how early it pays."""

    places: tuple[int, ...]
    rank: int


def wait_for(request: str, payer: str, part: Part, seconds: float, tx: Transaction) -> None:
    """Have a payer (by name) asked about a part of a request."""
    body = {"payer": payer, "due": text.instant(tx.now + timedelta(seconds=seconds)), "until": ""} | _body(request, part)
    tx.record(KIND, _id(request, payer), WAITING, {"open": payer, "request": request}, body)


def note(request: str, part: Part, said: Resource, tx: Transaction) -> None:
    """What is answered here of a request whose other parts wait for payers outside."""
    tx.record(KIND, _id(request, ""), ANSWERED, {"request": request}, _body(request, part) | {"said": text.dump(said).decode()})


def ends(request: str, seconds: float, tx: Transaction) -> None:
    """When the time of a request is over, whoever has answered."""
    tx.schedule(DUE, tx.now + timedelta(seconds=seconds) + GRACE, request)


def waiting(payer: str, now: datetime, view: View, limit: int) -> list[Record]:
    """What a payer is to be asked now: what waits, and what was taken by one who has not come back."""
    found = view.records(KIND, key=("open", payer), limit=limit * 4)
    return [record for record in found if _is_free(record, now)][:limit]


def take(ids: Iterable[str], until: datetime, tx: Transaction) -> list[Record]:
    """Of these records those that are still free: they are ours until then."""
    taken = []
    for id in ids:
        record = tx.recorded(KIND, id)
        if record and _is_free(record, tx.now):
            tx.record(KIND, id, ASKING, record.keys, record.body | {"until": text.instant(until)})
            taken.append(record)
    return taken


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


def _is_free(record: Record, now: datetime) -> bool:
    if record.state == ASKING:
        return datetime.fromisoformat(str(record.body["until"])) <= now < datetime.fromisoformat(str(record.body["due"]))
    return record.state == WAITING


def _rank(record: Record) -> tuple[int, str]:
    return int(str(record.body["rank"])), record.id


def _body(request: str, part: Part) -> dict[str, object]:
    return {"request": request, "places": list(part.places), "rank": part.rank}


def _id(request: str, payer: str) -> str:
    return id_from("question", request, payer)
