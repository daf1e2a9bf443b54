"""What comes with a plan's steps: its parts become active with it, and it does not end over open work unnoticed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from shared.events.event import Event
from shared.fhir import text
from shared.fhir.change import Change
from shared.fhir.element import extension, reference_to, target_of, targets_of
from shared.fhir.issue import Issue, Resource
from shared.fhir.refusal import NotFound, Unprocessable
from shared.service import Call
from shared.store.transaction import Transaction
from shared.store.view import View

from . import cadence, insured, tasks
from .vocabulary import CASE, CLOSING_REASON, OUTCOME, STATUS_REASON

REQUESTS = ("ServiceRequest", "Task")


def activate(call: Call, tx: Transaction) -> Resource:
    """`CarePlan/<id>/$activate`: the plan, in force."""
    plan = tx.read("CarePlan", call.id)
    if plan is None:
        raise NotFound(f"CarePlan/{call.id} is not known")
    return tx.save(plan | {"status": "active"})


def settle(change: Change[Any], tx: Transaction) -> None:
    """With every write of a plan: let its parts follow it."""
    plan = change.after
    if change.deleted or (change.before and change.before["status"] == plan["status"]):
        return
    if plan["status"] == "active":
        _begin(plan, tx, anew=change.before is None and tx.gave(plan["id"]))
    elif plan["status"] == "completed":
        if change.before:
            _refuse_open_work(plan, tx)
        _end(plan, "completed", tx)
    elif plan["status"] in ("revoked", "entered-in-error"):
        _end(plan, "revoked", tx)


def case_closed(event: Event, tx: Transaction) -> None:
    """`EpisodeOfCare.closed`: a plan that has not come to its end goes with it, for the reason that the case was closed."""
    case = tx.read("EpisodeOfCare", event.subject) or event.resource
    outcome = (extension(case, OUTCOME) or {}).get("text") or "the case was closed"
    reason = {"url": STATUS_REASON, "valueCodeableConcept": {"text": extension(case, CLOSING_REASON) or outcome}}
    for plan in tx.search(f"CarePlan?identifier={CASE}|{event.subject}&status=draft,active,on-hold"):
        tx.save(plan | {"status": "revoked", "extension": [*plan.get("extension", ()), reason]})


def case_assigned(event: Event, tx: Transaction) -> None:
    """`EpisodeOfCare.assigned`: the plan is the new manager's, and what is still to be done with it."""
    case = tx.read("EpisodeOfCare", event.subject) or event.resource
    manager, plan = tasks.manager_of(case), tasks.plan_of(case, tx)
    before = target_of((plan or {}).get("author"))
    if plan is None or not manager or manager == before:
        return
    tx.save(plan | {"author": reference_to(manager)})
    for task in tx.search(f"Task?patient={target_of(case['patient'])}&owner={before}") if before else ():
        if tasks.is_open(task):
            tx.save(task | {"owner": reference_to(manager)})


def _begin(plan: Resource, tx: Transaction, *, anew: bool) -> None:
    for request in _requests(plan, tx):
        if request["status"] == "draft":
            tx.save(_begun(request, tx.now))
    for goal in _parts("Goal", plan.get("goal"), tx):
        if goal["lifecycleStatus"] in ("proposed", "planned", "accepted"):
            tx.save(goal | {"lifecycleStatus": "active", "startDate": tx.now.date().isoformat()})
    for team in _parts("CareTeam", plan.get("careTeam"), tx):
        if team.get("status") == "proposed":
            tx.save(team | {"status": "active"})
    cadence.begin(plan, tx, anew=anew)
    insured.settle_patient(target_of(plan["subject"]), tx)


def _begun(request: Resource, now: datetime) -> Resource:
    """A Task's time runs from now, not from when the plan was drafted."""
    if request["resourceType"] != "Task":
        return request | {"status": "active"}
    due = tasks.due_of(request)
    if not due or "authoredOn" not in request:
        return request | {"status": "requested"}
    waited = now - datetime.fromisoformat(request["authoredOn"])
    period = request["restriction"]["period"] | {"end": text.instant(datetime.fromisoformat(due) + waited)}
    return request | {"status": "requested", "restriction": request["restriction"] | {"period": period}}


def _refuse_open_work(plan: Resource, tx: Transaction) -> None:
    """Raises Unprocessable for each activity that is open and has neither an outcome nor, with the plan, a reason."""
    if extension(plan, STATUS_REASON):
        return
    issues = [
        Issue(f"a plan cannot be completed while {name} is open without a reason", f"CarePlan.activity[{place}]")
        for place, name in _open_activities(plan, tx)
    ]
    if issues:
        raise Unprocessable(*issues)


def _open_activities(plan: Resource, view: View) -> Iterator[tuple[int, str]]:
    for place, activity in enumerate(plan.get("activity", ())):
        target = target_of(activity.get("reference"))
        if not target or activity.get("outcomeCodeableConcept") or activity.get("outcomeReference"):
            continue
        type, id = target.split("/")
        request = view.read(type, id) if type in REQUESTS else None
        if request is not None and _is_open(request):
            yield place, target


def _is_open(request: Resource) -> bool:
    if request["resourceType"] == "Task":
        return tasks.is_open(request)
    return request["status"] in ("draft", "active", "on-hold")


def _end(plan: Resource, how: str, tx: Transaction) -> None:
    reason = f"the plan was {how}"
    cadence.end(plan, tx)
    for request in _requests(plan, tx):
        if request["resourceType"] == "Task":
            tasks.cancel(tx, request, reason)
        elif _is_open(request):
            tx.save(request | {"status": "revoked"})
    for team in _parts("CareTeam", plan.get("careTeam"), tx):
        if team.get("status") in ("proposed", "active"):
            tx.save(team | {"status": "inactive"})


def _requests(plan: Resource, view: View) -> list[Resource]:
    references = [activity["reference"] for activity in plan.get("activity", ()) if "reference" in activity]
    return [part for type in REQUESTS for part in _parts(type, references, view)]


def _parts(type: str, references: Any, view: View) -> list[Resource]:
    found = (view.read(type, id) for id in targets_of(references, type))
    return [part for part in found if part is not None]
