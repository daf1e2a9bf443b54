"""A coverage ends, or has ended: a task for the manager, in time, and gone when something follows it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from shared.events.event import Event
from shared.fhir.element import target_of
from shared.fhir.issue import Resource
from shared.store.transaction import Transaction
from shared.store.version import Timer
from shared.store.view import View

from . import tasks
from .authorizations import NO_LAST_DAY, last_of
from .tasks import Concern, Work

TURNS: Final = "coverage-turns"

ENDS: Final = Work("coverage-ends", "A coverage ends soon: ask the patient what follows it", "urgent")
ENDED: Final = Work("coverage-ended", "A coverage has ended: ask the patient what follows it", "urgent")

DAYS_BEFORE: Final = timedelta(days=14)
"""So long before its last day the manager hears of it."""

SPAN: Final = timedelta(days=3)
FOLLOWED: Final = "the coverage goes on, or another one of this insurer follows"


def hear_coverage(event: Event, tx: Transaction) -> None:
    """Any news of a Coverage: how it ends, and how those end that it follows."""
    coverage = tx.read("Coverage", event.subject)
    if coverage is None:
        return
    _watch(coverage, tx)
    for each in {coverage["id"]: coverage, **{each["id"]: each for each in _beside(coverage, tx)}}.values():
        settle(each, tx)


def turns(timer: Timer, tx: Transaction) -> None:
    """The timer TURNS: the day has come on which the manager hears of it."""
    if coverage := tx.read("Coverage", timer.key):
        _watch(coverage, tx)
        settle(coverage, tx)


def settle_patient(patient: str, tx: Transaction) -> None:
    """A plan begins: what is known of the patient's coverages matters from now on."""
    for coverage in _active(patient, tx):
        settle(coverage, tx)


def settle(coverage: Resource, tx: Transaction) -> None:
    """Have one open task for a coverage that ends soon or has ended, if a plan is open and nothing follows; else none."""
    wanted = _wanted(coverage, tx.now.date())
    if wanted and _goes_on(coverage, tx):
        wanted = None
    for work in (ENDS, ENDED):
        if work is wanted:
            _raise(work, coverage, tx)
        else:
            tasks.withdraw(tx, work, f"Coverage/{coverage['id']}", FOLLOWED)


def _wanted(coverage: Resource, today: date) -> Work | None:
    if coverage["status"] == "cancelled":
        return ENDED
    last = last_of(coverage.get("period"))
    if coverage["status"] != "active" or last == NO_LAST_DAY:
        return None
    if last < today:
        return ENDED
    return ENDS if last - DAYS_BEFORE <= today else None


def _goes_on(coverage: Resource, view: View) -> bool:
    """Whether another active one of the same insurer lasts longer."""
    last = last_of(coverage.get("period")) if coverage["status"] == "active" else view.now.date()
    return any(last_of(each.get("period")) > last for each in _beside(coverage, view))


def _beside(coverage: Resource, view: View) -> list[Resource]:
    """The active coverages that the same insurers have for the same patient, but for this one."""
    payors = _payors(coverage)
    found = _active(target_of(coverage["beneficiary"]), view)
    return [each for each in found if each["id"] != coverage["id"] and payors & _payors(each)]


def _active(patient: str, view: View) -> list[Resource]:
    if not patient.startswith("Patient/"):
        return []
    return [each for each in view.naming("Coverage", "beneficiary", patient) if each["status"] == "active"]


def _payors(coverage: Resource) -> set[str]:
    return {str(target_of(payor) or payor.get("display", "")) for payor in coverage.get("payor", ())}


def _raise(work: Work, coverage: Resource, tx: Transaction) -> None:
    case = tasks.case_of(target_of(coverage["beneficiary"]), tx)
    plan = tasks.plan_of(case, tx) if case else None
    if case and plan:
        concern = Concern(target_of(coverage["beneficiary"]), tasks.manager_of(case), f"CarePlan/{plan['id']}")
        tasks.raise_again(tx, work, f"Coverage/{coverage['id']}", concern, tx.now + SPAN)


def _watch(coverage: Resource, tx: Transaction) -> None:
    last, today = last_of(coverage.get("period")), tx.now.date()
    turns_on = [] if coverage["status"] != "active" or last == NO_LAST_DAY else [last - DAYS_BEFORE, last + timedelta(days=1)]
    if coming := [day for day in turns_on if day > today]:
        tx.schedule(TURNS, datetime.combine(coming[0], time(), UTC), coverage["id"])
    else:
        tx.unschedule(TURNS, coverage["id"])
