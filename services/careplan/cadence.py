"""Contact at the model's rhythm: the next check-in is planned when the last one was held, or was due."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from shared.fhir import text
from shared.fhir.change import Change
from shared.fhir.element import code_in, concept, reference_to, sought, target_of
from shared.fhir.issue import Resource
from shared.kernel.ids import id_from
from shared.store.transaction import Transaction
from shared.store.version import Timer
from shared.store.view import View

from . import tasks
from .drafting import CHECK_IN
from .vocabulary import ACTIVITY, WORK

DUE = "contact-due"
OVERDUE = concept(WORK, "overdue")
PLACE = "urn:careloom:check-in"
"""Identifier of a check-in Task: `<plan>/<number>`."""

HOURS_OF: Mapping[str, float] = {"h": 1, "d": 24, "wk": 24 * 7, "mo": 24 * 30}


def rhythm(model: Resource) -> timedelta | None:
    """The time between two contacts that a model's check-in says; None for a model without."""
    for activity in model.get("contained", ()):
        repeat = activity.get("timingTiming", {}).get("repeat", {})
        if code_in(activity.get("code"), ACTIVITY) == CHECK_IN and repeat.get("periodUnit") in HOURS_OF:
            hours = float(repeat.get("period", 1)) * HOURS_OF[repeat["periodUnit"]] / int(repeat.get("frequency", 1))
            return timedelta(hours=hours)
    return None


def begin(plan: Resource, tx: Transaction, *, anew: bool) -> None:
    """The plan is in force: its first contact (or, after a rest, its next one). `anew`: nothing hangs on it yet."""
    step, number = _rhythm_of(plan, tx), 0 if anew else _last_number(plan, tx)
    last = tx.read("Task", _contact_id(plan, number)) if number else None
    if last is not None and tasks.is_open(last):
        due = max(datetime.fromisoformat(tasks.due_of(last)), tx.now)
        tx.schedule(DUE, due, f"CarePlan/{plan['id']}", {"number": number})
    elif step is not None:
        _plan_contact(plan, number + 1, tx.now + step, tx)


def end(plan: Resource, tx: Transaction) -> None:
    tx.unschedule(DUE, f"CarePlan/{plan['id']}")
    for task in tx.search(f"Task?based-on=CarePlan/{plan['id']}&code={ACTIVITY}|{CHECK_IN}"):
        tasks.cancel(tx, task, "the plan has ended")


def contact_is_due(timer: Timer, tx: Transaction) -> None:
    """The time for a contact has come: what is still open is overdue from now on, and the next one is planned."""
    plan = tx.read(*timer.key.split("/"))
    if plan is None or plan["status"] != "active":
        return
    number = int(str(timer.body["number"]))
    task = tx.read("Task", _contact_id(plan, number))
    if task is not None and tasks.is_open(task):
        tx.save(task | {"businessStatus": OVERDUE})
    _plan_next(plan, number, timer.due, tx)


def contact_was_held(change: Change[Any], tx: Transaction) -> None:
    """With every write of a Task: a check-in that is done calls for the next one."""
    if change.deleted or not change.became("status", "completed"):
        return
    place = next((each["value"] for each in change.after.get("identifier", ()) if each.get("system") == PLACE), "")
    plan_id, _, number = place.rpartition("/")
    plan = tx.read("CarePlan", plan_id) if plan_id else None
    if plan is not None and plan["status"] == "active":
        _plan_next(plan, int(number), datetime.fromisoformat(tasks.due_of(change.after)), tx)


def _plan_next(plan: Resource, number: int, was_due: datetime, tx: Transaction) -> None:
    step = _rhythm_of(plan, tx)
    if step is not None:
        _plan_contact(plan, number + 1, max(was_due + step, tx.now), tx)


def _plan_contact(plan: Resource, number: int, due: datetime, tx: Transaction) -> None:
    if tx.current("Task", _contact_id(plan, number)) is not None:
        return
    task: Resource = {
        "resourceType": "Task",
        "id": _contact_id(plan, number),
        "identifier": [{"system": PLACE, "value": f"{plan['id']}/{number}"}],
        "basedOn": [reference_to(plan)],
        "status": "requested",
        "intent": "plan",
        "code": concept(ACTIVITY, CHECK_IN),
        "description": f"Check-in {number}",
        "for": plan["subject"],
        "authoredOn": text.instant(tx.now),
        "restriction": {"period": {"end": text.instant(due)}},
    }
    if target_of(plan.get("author")):
        task["owner"] = plan["author"]
    tx.create(task)
    tx.schedule(DUE, due, f"CarePlan/{plan['id']}", {"number": number})


def _last_number(plan: Resource, view: View) -> int:
    number = 0
    while view.current("Task", _contact_id(plan, number + 1)) is not None:
        number += 1
    return number


def _contact_id(plan: Resource, number: int) -> str:
    return id_from(CHECK_IN, plan["id"], str(number))


def _rhythm_of(plan: Resource, view: View) -> timedelta | None:
    for canonical in plan.get("instantiatesCanonical", ()):
        url, _, version = canonical.partition("|")
        models = view.search(f"PlanDefinition?url={sought(url)}&version={sought(version)}")
        if models:
            return rhythm(models[0])
    return None
