"""Work that events raise for the case manager: each once, whatever is delivered twice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from shared.fhir import text
from shared.fhir.element import concept, reference_to, target_of, targets_of
from shared.fhir.issue import Resource
from shared.kernel.ids import id_from
from shared.store.transaction import Transaction
from shared.store.view import View

from .vocabulary import CASE, WORK

ENDED = frozenset({"completed", "cancelled", "failed", "rejected", "entered-in-error"})
CASE_IS_OPEN = frozenset({"active", "onhold"})
PLAN_IS_OPEN = "draft,active,on-hold"


def task_id(kind: str, cause: str, occurrence: int = 0) -> str:
    return id_from("task", kind, cause, str(occurrence))


@dataclass(frozen=True, slots=True)
class Work:
    """What is to be done: its code, a sentence for the manager, a priority of Task.priority."""

    kind: str
    sentence: str
    priority: str = "routine"


@dataclass(frozen=True, slots=True)
class Concern:
    """For whom (`Patient/…`), by whom and within which plan; "" for what is not known."""

    patient: str
    owner: str = ""
    plan: str = ""


def raise_once(
    tx: Transaction, work: Work, about: str, concern: Concern, due: datetime, *, occurrence: int = 0
) -> Resource | None:
    """A Task of this kind about something (`Type/id`, its focus); None if there was one, whatever became of it."""
    id = task_id(work.kind, about, occurrence)
    if tx.current("Task", id) is not None:
        return None
    task: Resource = {
        "resourceType": "Task",
        "id": id,
        "status": "requested",
        "intent": "order",
        "priority": work.priority,
        "code": concept(WORK, work.kind),
        "description": work.sentence,
        "focus": reference_to(about),
        "for": reference_to(concern.patient),
        "authoredOn": text.instant(tx.now),
        "restriction": {"period": {"end": text.instant(due)}},
    }
    if concern.owner:
        task["owner"] = reference_to(concern.owner)
    if concern.plan:
        task["basedOn"] = [reference_to(concern.plan)]
    return tx.create(task)


def raise_again(tx: Transaction, work: Work, about: str, concern: Concern, due: datetime) -> Resource | None:
    """As raise_once; but what was withdrawn because its cause had gone is raised anew when the cause is back."""
    return raise_once(tx, work, about, concern, due, occurrence=_occurrence(work, about, tx))


def withdraw(tx: Transaction, work: Work, about: str, reason: str) -> None:
    """The cause has gone: what is still open of this kind about something is cancelled."""
    cancel(tx, tx.read("Task", task_id(work.kind, about, _occurrence(work, about, tx))), reason)


def _occurrence(work: Work, about: str, view: View) -> int:
    """The number of the newest that was not withdrawn."""
    number = 0
    while (task := view.read("Task", task_id(work.kind, about, number))) and task["status"] == "cancelled":
        number += 1
    return number


def concern_of(request: str, view: View) -> Concern | None:
    """For whom, by whom and within which plan a ServiceRequest is; None for one without a plan."""
    for id in targets_of((view.read("ServiceRequest", request) or {}).get("basedOn"), "CarePlan"):
        if plan := view.read("CarePlan", id):
            return Concern(target_of(plan["subject"]), target_of(plan.get("author")), f"CarePlan/{id}")
    return None


def is_open(task: Resource | None) -> bool:
    return task is not None and task["status"] not in ENDED


def due_of(task: Resource) -> str:
    """An instant, or "" where the Task is not due at a time."""
    return str(task.get("restriction", {}).get("period", {}).get("end", ""))


def cancel(tx: Transaction, task: Resource | None, reason: str) -> None:
    if task is not None and is_open(task):
        tx.save(task | {"status": "cancelled", "statusReason": {"text": reason}})


def case_of(patient: str, view: View) -> Resource | None:
    """The open case of a patient, the newest if there are several; None for who is no patient."""
    if not patient.startswith("Patient/"):
        return None
    found = [case for case in view.naming("EpisodeOfCare", "patient", patient) if case["status"] in CASE_IS_OPEN]
    return max(found, key=lambda case: case.get("period", {}).get("start", ""), default=None)


def plan_of(case: Resource, view: View) -> Resource | None:
    """The plan of a case that has not come to its end."""
    return next(iter(view.search(f"CarePlan?identifier={CASE}|{case['id']}&status={PLAN_IS_OPEN}")), None)


def manager_of(case: Resource | None) -> str:
    return target_of((case or {}).get("careManager"))
