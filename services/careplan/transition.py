"""The transition clock: after a discharge somebody calls within two business days and sees the patient soon.

Transitional care management (CPT 99495, 99496): contact within 2 business days, a visit within 7 days (high complexity) or
14, over 30 days that begin with the day of discharge.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.events.event import Event
from shared.fhir import text
from shared.fhir.element import code_in, codes_in, target_of
from shared.fhir.issue import Resource
from shared.store.transaction import Transaction
from shared.store.version import Timer

from . import tasks
from .business_days import Practice, business_days_after, calendar_days_after
from .practice import practice_of
from .tasks import Concern, Work
from .vocabulary import ACT_CODE, ACUITY, COMPLEXITY, DISCHARGE_DISPOSITION, WORK

CONTACT = Work("transition-contact", "Call the patient after the discharge", "asap")
VISIT = Work("transition-visit", "See the patient after the discharge", "asap")
OVERDUE = "transition-overdue"

STAYS = frozenset({"IMP", "ACUTE", "NONAC", "OBSENC"})
NOT_HOME = frozenset({"other-hcf", "hosp", "long", "exp", "psy", "rehab", "snf"})
"""Dispositions after which another facility is in charge, or nobody needs to be."""

WINDOW_DAYS = 29
"""After the day of discharge: a window of 30 days."""

VISIT_WITHIN_DAYS: Mapping[str, int] = {"high": 7}
VISIT_WITHIN_DAYS_ELSE = 14
CONTACT_WITHIN_BUSINESS_DAYS = 2


@dataclass(frozen=True, slots=True)
class Milestones:
    contact_due: datetime
    visit_due: datetime
    window_ends: datetime


def milestones(discharged: datetime, complexity: str, practice: Practice) -> Milestones:
    """`complexity` of the case, or its acuity where nothing else is known."""
    return Milestones(
        business_days_after(discharged, CONTACT_WITHIN_BUSINESS_DAYS, practice),
        calendar_days_after(discharged, VISIT_WITHIN_DAYS.get(complexity, VISIT_WITHIN_DAYS_ELSE), practice),
        calendar_days_after(discharged, WINDOW_DAYS, practice),
    )


def starts_a_clock(encounter: Mapping[str, Any]) -> bool:
    """A stay that has ended, at a known time, with the patient on the way home."""
    disposition = codes_in(encounter.get("hospitalization", {}).get("dischargeDisposition"), DISCHARGE_DISPOSITION)
    return (
        encounter["status"] == "finished"
        and encounter.get("class", {}).get("system", ACT_CODE) == ACT_CODE
        and encounter.get("class", {}).get("code") in STAYS
        and "T" in encounter.get("period", {}).get("end", "")
        and NOT_HOME.isdisjoint(disposition)
    )


def hear(event: Event, tx: Transaction) -> None:
    """Any news of an encounter: its clock runs if, and only if, it should by what is known now."""
    encounter = tx.read("Encounter", event.subject)
    if encounter is None:
        stop(event.reference, "the encounter was deleted", tx)
    elif starts_a_clock(encounter):
        _start(encounter, tx)
    else:
        stop(event.reference, "the discharge was undone", tx)


def settle_patient(patient: str, tx: Transaction) -> None:
    """Start the clocks of discharges that were known before the case was."""
    for encounter in tx.search(f"Encounter?patient={patient}&status=finished"):
        if starts_a_clock(encounter):
            _start(encounter, tx)


def stop(encounter: str, reason: str, tx: Transaction) -> None:
    for task in _milestone_tasks(encounter, tx):
        tasks.cancel(tx, task, reason)
        tx.unschedule(OVERDUE, f"Task/{task['id']}")


def is_overdue(timer: Timer, tx: Transaction) -> None:
    """A milestone passed and its Task is still open: one escalation, urgent."""
    task = tx.read(*timer.key.split("/"))
    if task is None or not tasks.is_open(task):
        return
    escalation = Work("escalation", f"Overdue: {task['description']}", "urgent")
    concern = Concern(target_of(task["for"]), target_of(task.get("owner")))
    tasks.raise_once(tx, escalation, timer.key, concern, tx.now + timedelta(hours=4))


def _start(encounter: Resource, tx: Transaction) -> None:
    patient = target_of(encounter.get("subject"))
    case = tasks.case_of(patient, tx)
    if case is None:
        return
    discharged = datetime.fromisoformat(encounter["period"]["end"]).astimezone(UTC)
    complexity = code_in(case.get("type"), COMPLEXITY) or code_in(case.get("type"), ACUITY) or ""
    due = milestones(discharged, complexity, practice_of(case, tx))
    if due.window_ends < tx.now:
        return  # history that was imported
    known = _milestone_tasks(f"Encounter/{encounter['id']}", tx)
    for work, at in ((CONTACT, due.contact_due), (VISIT, due.visit_due)):
        before = [task for task in known if work.kind in codes_in(task.get("code"), WORK)]
        valid = [task for task in before if task["status"] not in ("cancelled", "entered-in-error")]
        if valid:
            _move(valid[0], at, tx)
        else:
            _raise(work, at, len(before), encounter, case, tx)


def _raise(work: Work, due: datetime, occurrence: int, encounter: Resource, case: Resource, tx: Transaction) -> None:
    concern = Concern(target_of(encounter["subject"]), tasks.manager_of(case))
    task = tasks.raise_once(tx, work, f"Encounter/{encounter['id']}", concern, due, occurrence=occurrence)
    if task is not None:
        tx.schedule(OVERDUE, due, f"Task/{task['id']}")


def _move(task: Resource, due: datetime, tx: Transaction) -> None:
    """The time of discharge was corrected."""
    if tasks.is_open(task) and tasks.due_of(task) != text.instant(due):
        tx.save(task | {"restriction": {"period": {"end": text.instant(due)}}})
        tx.schedule(OVERDUE, due, f"Task/{task['id']}")


def _milestone_tasks(encounter: str, tx: Transaction) -> list[Resource]:
    return tx.search(f"Task?focus={encounter}&code={WORK}|{CONTACT.kind},{WORK}|{VISIT.kind}")
