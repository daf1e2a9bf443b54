"""How long an authorization may take (CMS-0057-F: 42 CFR 422.568(b)(1), 422.572(a)), and what is kept of each for the figures.

Received → due after 72 hours (expedited) or 7 days. A warning comes before it; when it is missed it is announced, and a task is
raised.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from services.coverage.vocabulary import REVIEW_DUE, REVIEW_LATE
from shared.fhir import text
from shared.fhir.element import reference_to
from shared.fhir.issue import Resource
from shared.fhir.refusal import Unprocessable
from shared.kernel.ids import id_from
from shared.store.transaction import Transaction
from shared.store.version import Record, Timer
from shared.store.view import View

from .codes import APPEALS
from .deciding import Verdict
from .requested import certification, is_expedited
from .responding import response_id
from .standing import pended, word

KIND: Final = "authorization"
DUE_SOON: Final = "authorization-due-soon"
OVERDUE: Final = "authorization-overdue"
RULED: Final = "authorization-ruled"
WAITING, DECIDED, WITHDRAWN = "waiting", "decided", "withdrawn"
LONGEST_EXTENSION: Final = timedelta(days=14)
"""42 CFR 422.568(b)(1)(i)"""


@dataclass(frozen=True, slots=True)
class Limit:
    """From receipt to decision, and how long before its end somebody is told."""

    span: timedelta
    warning: timedelta


LIMITS: Final[Mapping[bool, Limit]] = {
    True: Limit(timedelta(hours=72), timedelta(hours=24)),
    False: Limit(timedelta(days=7), timedelta(days=2)),
}
"""By whether it is expedited."""


def follow(claim: Resource, before: Resource | None, made: Resource, verdicts: Collection[Verdict], tx: Transaction) -> Resource:
    """Set or stop the clocks as the answer says; the answer with its time in it."""
    record = tx.recorded(KIND, claim["id"])
    body = dict(record.body) if record else _received(claim, tx.now)
    if certification(claim) in APPEALS and not body["appealed"]:
        body |= {"appealed": text.instant(tx.now)}
    if pended(made):
        if not _waits(record):
            body["due"] = text.instant(tx.now + LIMITS[bool(body["expedited"])].span)
            _start(claim["id"], body, tx)
        _rule_later(claim["id"], verdicts, tx)
        _keep(claim["id"], WAITING, body, tx)
        return _marked(made, str(body["due"]), _lateness(before if _waits(record) else None))
    _stop(claim["id"], tx)
    _keep(claim["id"], DECIDED, body | _decided(body, made, verdicts, tx.now), tx)
    return _marked(made, "", "")


def stop(claim: Resource, tx: Transaction) -> None:
    """Nobody wants it decided any more."""
    _stop(claim["id"], tx)
    if record := tx.recorded(KIND, claim["id"]):
        _keep(claim["id"], WITHDRAWN, dict(record.body), tx)


def more_time(claim: Resource, answer: Resource, span: timedelta, tx: Transaction) -> Resource:
    """The answer with its time longer, once, by up to 14 days. Raises Unprocessable."""
    record = tx.recorded(KIND, claim["id"])
    if record is None or record.state != WAITING:
        raise Unprocessable("the request does not wait for a decision")
    if record.body["extended"] or not timedelta(0) < span <= LONGEST_EXTENSION:
        raise Unprocessable("the time for a decision is extended once, by up to 14 days")
    due = datetime.fromisoformat(str(record.body["due"])) + span
    body = dict(record.body) | {"due": text.instant(due), "extended": True}
    _start(claim["id"], body, tx)
    _keep(claim["id"], WAITING, body, tx)
    return tx.save(_marked(answer, str(body["due"]), ""))


def is_due_soon(timer: Timer, tx: Transaction) -> None:
    """The timer `authorization-due-soon`."""
    _mark(timer, "due-soon", tx)


def is_overdue(timer: Timer, tx: Transaction) -> None:
    """The timer `authorization-overdue`: it is kept with the figures, announced, and somebody gets a task."""
    record = tx.recorded(KIND, timer.key)
    if record and record.state == WAITING:
        _keep(timer.key, WAITING, dict(record.body) | {"missed": True}, tx)
    if answer := _mark(timer, "overdue", tx):
        tx.propose(_task(answer, tx.now))


def records(year: str, view: View) -> list[Record]:
    """All that was received in a year, newest first."""
    found: list[Record] = []
    while page := view.records(KIND, key=("year", year), limit=1000, before=found[-1] if found else None):
        found += page
    return found


def _received(claim: Resource, now: datetime) -> dict[str, object]:
    return {
        "received": text.instant(now),
        "due": text.instant(now),
        "expedited": is_expedited(claim),
        "decided": "",
        "action": "",
        "by": "",
        "reason": "",
        "appealed": "",
        "appeal": "",
        "extended": False,
        "missed": False,
    }


def _decided(body: Mapping[str, object], made: Resource, verdicts: Collection[Verdict], now: datetime) -> dict[str, object]:
    """The first decision is the one that counts; after an appeal the one after it as well."""
    if not body["decided"]:
        by = next((verdict.by for verdict in verdicts), "rules")
        said = {"decided": text.instant(now), "action": word(made), "by": by, "reason": made.get("disposition", "")}
        return {"appeal": word(made), **said} if body["appealed"] else said
    return {"appeal": word(made)} if body["appealed"] and not body["appeal"] else {}


def _waits(record: Record | None) -> bool:
    return record is not None and record.state == WAITING


def _start(claim: str, body: Mapping[str, object], tx: Transaction) -> None:
    due = datetime.fromisoformat(str(body["due"]))
    tx.schedule(DUE_SOON, due - LIMITS[bool(body["expedited"])].warning, claim)
    tx.schedule(OVERDUE, due, claim)


def _rule_later(claim: str, verdicts: Collection[Verdict], tx: Transaction) -> None:
    hours = [verdict.rule.hours for verdict in verdicts if verdict.action == "A4" and verdict.rule and verdict.rule.then]
    if hours:
        tx.schedule(RULED, tx.now + timedelta(hours=min(hours)), claim)


def _stop(claim: str, tx: Transaction) -> None:
    for name in (DUE_SOON, OVERDUE, RULED):
        tx.unschedule(name, claim)


def _keep(claim: str, state: str, body: Mapping[str, object], tx: Transaction) -> None:
    tx.record(KIND, claim, state, {"year": str(body["received"])[:4]}, body)


def _mark(timer: Timer, lateness: str, tx: Transaction) -> Resource | None:
    record = tx.recorded(KIND, timer.key)
    answer = tx.read("ClaimResponse", response_id(timer.key))
    if answer is None or not _waits(record) or answer["status"] != "active":
        return None
    assert record
    return tx.save(_marked(answer, str(record.body["due"]), lateness))


def _marked(answer: Resource, due: str, lateness: str) -> Resource:
    others = [each for each in answer.get("extension", ()) if each["url"] not in (REVIEW_DUE, REVIEW_LATE)]
    if due:
        others.append({"url": REVIEW_DUE, "valueDateTime": due})
    if lateness:
        others.append({"url": REVIEW_LATE, "valueCode": lateness})
    bare = {name: value for name, value in answer.items() if name != "extension"}
    return bare | {"extension": others} if others else bare


def _lateness(before: Resource | None) -> str:
    found = (before or {}).get("extension", ())
    return next((str(each.get("valueCode", "")) for each in found if each["url"] == REVIEW_LATE), "")


def _task(answer: Resource, now: datetime) -> Resource:
    return {
        "resourceType": "Task",
        "id": id_from("authorization-overdue", answer["id"], answer["meta"]["versionId"]),
        "status": "requested",
        "intent": "order",
        "priority": "urgent",
        "code": {"text": "Decide an authorization that is overdue"},
        "description": "A request for prior authorization has not been decided in time.",
        "focus": reference_to(answer),
        "for": answer["patient"],
        "authoredOn": text.instant(now),
    }
