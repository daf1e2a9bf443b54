"""Work that events raise for the case manager: each once, whatever is delivered twice."""

from __future__ import annotations

from datetime import datetime

from shared.fhir import text
from shared.fhir.element import code_in, concept, reference_to, target_of
from shared.fhir.issue import Resource
from shared.kernel.ids import id_from
from shared.store.transaction import Transaction
from shared.store.view import View

from .vocabulary import CASE, WORK

ENDED = frozenset({"completed", "cancelled", "failed", "rejected", "entered-in-error"})
CASE_IS_OPEN = "active,onhold"
PLAN_IS_OPEN = "draft,active,on-hold"


def task_id(kind: str, cause: str, occurrence: int = 0) -> str:
    return id_from("task", kind, cause, str(occurrence))


def raise_once(
    tx: Transaction,
    kind: str,
    cause: str,
    sentence: str,
    *,
    patient: str,
    due: datetime,
    owner: str = "",
    plan: str = "",
    priority: str = "routine",
    occurrence: int = 0,
) -> Resource | None:
    """A Task of this kind about `cause` (`Type/id`, its focus); None if there was one already, whatever became of it."""
    id = task_id(kind, cause, occurrence)
    if tx.current("Task", id) is not None:
        return None
    task: Resource = {
        "resourceType": "Task",
        "id": id,
        "status": "requested",
        "intent": "order",
        "priority": priority,
        "code": concept(WORK, kind),
        "description": sentence,
        "focus": reference_to(cause),
        "for": reference_to(patient),
        "authoredOn": text.instant(tx.now),
        "restriction": {"period": {"end": text.instant(due)}},
    }
    if owner:
        task["owner"] = reference_to(owner)
    if plan:
        task["basedOn"] = [reference_to(plan)]
    return tx.create(task)


def is_open(task: Resource | None) -> bool:
    return task is not None and task["status"] not in ENDED


def due_of(task: Resource) -> str:
    """An instant, or "" where the Task is not due at a time."""
    return str(task.get("restriction", {}).get("period", {}).get("end", ""))


def kind_of(task: Resource) -> str:
    return code_in(task.get("code"), WORK) or ""


def cancel(tx: Transaction, task: Resource | None, reason: str) -> None:
    if task is not None and is_open(task):
        tx.save(task | {"status": "cancelled", "statusReason": {"text": reason}})


def case_of(patient: str, view: View) -> Resource | None:
    """The open case of a patient, the newest if there are several; None for who is no patient."""
    if not patient.startswith("Patient/"):
        return None
    found = view.search(f"EpisodeOfCare?patient={patient}&status={CASE_IS_OPEN}")
    return max(found, key=lambda case: case.get("period", {}).get("start", ""), default=None)


def plan_of(case: Resource, view: View) -> Resource | None:
    """The plan of a case that has not come to its end."""
    return next(iter(view.search(f"CarePlan?identifier={CASE}|{case['id']}&status={PLAN_IS_OPEN}")), None)


def manager_of(case: Resource | None) -> str:
    return target_of((case or {}).get("careManager"))
