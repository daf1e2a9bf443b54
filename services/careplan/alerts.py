"""What the case manager must know at once: an emergency visit, a missed visit, an authorization that runs out."""

from __future__ import annotations

from datetime import timedelta

from shared.events.event import Event
from shared.fhir.element import identifier, target_of, targets_of
from shared.fhir.issue import Resource
from shared.store.transaction import Transaction
from shared.store.view import View

from . import tasks
from .board import adjudicated
from .vocabulary import SERVICE

ALERT, REVIEW, MISSED, RENEWAL = "alert", "plan-review", "missed-visit", "renewal"


def emergency(event: Event, tx: Transaction) -> None:
    """`Encounter.emergency`: an alert for today, a review of the plan within three days."""
    encounter = tx.read("Encounter", event.subject) or event.resource
    patient = target_of(encounter.get("subject"))
    case = tasks.case_of(patient, tx)
    if case is None or encounter["status"] in ("cancelled", "entered-in-error"):
        return
    plan = tasks.plan_of(case, tx)
    about, owner = event.reference, tasks.manager_of(case)
    based_on = f"CarePlan/{plan['id']}" if plan else ""
    soon, later = tx.now + timedelta(hours=4), tx.now + timedelta(days=3)
    tasks.raise_once(
        *(tx, ALERT, about, "Emergency visit: find out what happened"),
        patient=patient,
        due=soon,
        owner=owner,
        plan=based_on,
        priority="stat",
    )
    if plan:
        tasks.raise_once(
            *(tx, REVIEW, about, "Review the plan after the emergency visit"),
            patient=patient,
            due=later,
            owner=owner,
            plan=based_on,
            priority="urgent",
        )


def missed_visit(event: Event, tx: Transaction) -> None:
    """`Appointment.noshow`: find out why, and book again."""
    appointment = tx.read("Appointment", event.subject) or event.resource
    plan = _plan_behind(targets_of(appointment.get("basedOn"), "ServiceRequest"), tx)
    if plan is None or appointment["status"] != "noshow":
        return
    _for_the_plan(MISSED, event.reference, "A visit was missed: find out why and book again", plan, 1, tx)


def renewal(event: Event, tx: Transaction) -> None:
    """`ClaimResponse.running-out`: if the plan wants more than all payers' decisions together give, ask while there is time."""
    answer = tx.read("ClaimResponse", event.subject) or event.resource
    request = identifier(answer, SERVICE)
    plan = _plan_behind([request] if request else [], tx)
    if request and plan is not None and _wants_more(request, tx):
        _for_the_plan(RENEWAL, event.reference, "Authorized visits run out: renew or end the service", plan, 3, tx)


def _wants_more(request: str, view: View) -> bool:
    answers = view.search(f"ClaimResponse?identifier={SERVICE}|{request}&status=active&outcome=complete")
    wanted = (view.read("ServiceRequest", request) or {}).get("quantityQuantity", {}).get("value", 0)
    return bool(sum(adjudicated(answer, "approved-visits") for answer in answers) < wanted)


def _for_the_plan(kind: str, cause: str, sentence: str, plan: Resource, days: int, tx: Transaction) -> None:
    tasks.raise_once(
        tx,
        kind,
        cause,
        sentence,
        patient=target_of(plan["subject"]),
        due=tx.now + timedelta(days=days),
        owner=target_of(plan.get("author")),
        plan=f"CarePlan/{plan['id']}",
        priority="urgent",
    )


def _plan_behind(requests: list[str], view: View) -> Resource | None:
    """The plan that the first of these ServiceRequests is based on."""
    for id in requests:
        request = view.read("ServiceRequest", id)
        for plan in targets_of((request or {}).get("basedOn"), "CarePlan"):
            return view.read("CarePlan", plan)
    return None
