"""The days on which a coverage turns without a word from anybody: it begins, it ends, a new plan year begins."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from shared.fhir.issue import Resource
from shared.store.transaction import Transaction
from shared.store.view import View

from .catalogue import plan_of
from .days import LAST_DAY, Days, period_of
from .deciding import plan_year, why_not_in_force
from .renewing import midnight

TURNS: Final = "coverage-turns"


def watch(coverage: Resource, tx: Transaction, *, gone: bool = False) -> None:
    """Set the timer for the next of these days. A coverage that is `gone`, or not active, has none."""
    coming = [] if gone or coverage["status"] != "active" else [day for day in _days(coverage, tx) if day > tx.now.date()]
    if coming:
        tx.schedule(TURNS, midnight(min(coming)), coverage["id"])
    else:
        tx.unschedule(TURNS, coverage["id"])


def today(coverage: Resource, view: View) -> str:
    """What an answer depends on of the day on which it is given: whether the coverage is in force, and the plan year."""
    now = view.now.date()
    why = why_not_in_force(coverage, Days(now, now))
    plan = plan_of(coverage, view)
    year = plan_year(plan, now).first.isoformat() if plan else ""
    return f"{why.code if why else 'in force'} {year}".strip()


def _days(coverage: Resource, view: View) -> Iterator[date]:
    lasts = period_of(coverage.get("period"))
    yield lasts.first
    if lasts.last != LAST_DAY:
        yield lasts.last + timedelta(days=1)
    if view.now.date() in lasts and (plan := plan_of(coverage, view)):
        yield plan_year(plan, view.now.date()).last + timedelta(days=1)
