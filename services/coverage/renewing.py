"""How an authorization stands: whether it runs out, is used up, or has expired. That is written into it, so that all hear."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from shared.fhir.element import extension
from shared.fhir.issue import Resource
from shared.store.transaction import Transaction

from .days import LAST_DAY, Days, period_of
from .vocabulary import STANDING

TURNS: Final = "authorization-turns"

RUNNING_OUT, USED_UP, EXPIRED = "running-out", "used-up", "expired"

LEFT_TO_RENEW: Mapping[str, int] = {"visits": 2, "days": 14}
"""So much is left of an authorization when it is time to renew it: whichever comes first."""

OVER: Final = frozenset({USED_UP, EXPIRED})


def standing(approved: int, used: int, lasts: Days, today: date) -> str:
    """ "" for an authorization that has enough left, and for an answer that authorizes nothing."""
    if not approved:
        return ""
    if lasts.last < today:
        return EXPIRED
    if used >= approved:
        return USED_UP
    few = used > 0 and approved - used <= LEFT_TO_RENEW["visits"]
    return RUNNING_OUT if few or (lasts.last - today).days <= LEFT_TO_RENEW["days"] else ""


def stands(answer: Mapping[str, Any]) -> str:
    """What is written in an authorization of how it stands."""
    return str(extension(answer, STANDING) or "")


def with_standing(answer: Resource, now_stands: str) -> Resource:
    others = [each for each in answer.get("extension", ()) if each["url"] != STANDING]
    said = [*others, {"url": STANDING, "valueCode": now_stands}] if now_stands else others
    rest = {name: value for name, value in answer.items() if name != "extension"}
    return rest | ({"extension": said} if said else {})


def watch(answer: Mapping[str, Any], today: date, tx: Transaction) -> None:
    """See to it that the day is not missed on which an authorization begins to run out, and the one after its last."""
    last = period_of(answer.get("preAuthPeriod")).last
    if answer["status"] != "active" or last == LAST_DAY:
        tx.unschedule(TURNS, answer["id"])
        return
    turns = [last - timedelta(days=LEFT_TO_RENEW["days"]), last + timedelta(days=1)]
    if coming := [day for day in turns if day > today]:
        tx.schedule(TURNS, midnight(coming[0]), answer["id"])
    else:
        tx.unschedule(TURNS, answer["id"])


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
