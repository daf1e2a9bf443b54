"""What the case manager must know at once: an emergency visit, a score that asks for action, a missed visit."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from shared.events.event import Event
from shared.fhir.element import extension, target_of, targets_of
from shared.fhir.index.moments import moments
from shared.fhir.issue import Resource
from shared.store.transaction import Transaction

from . import tasks
from .tasks import Concern, Work
from .vocabulary import ACTS

ALERT = Work("alert", "Emergency visit: find out what happened", "stat")
SCORE = Work("score", "A score asks somebody to act", "urgent")
REVIEW = Work("plan-review", "Review the plan after the emergency visit", "urgent")
MISSED = Work("missed-visit", "A visit was missed: find out why and book again", "urgent")


def emergency(event: Event, tx: Transaction) -> None:
    """`Encounter.emergency`: an alert for today, a review of the plan within three days."""
    encounter = tx.read("Encounter", event.subject) or event.resource
    patient = target_of(encounter.get("subject"))
    case = tasks.case_of(patient, tx)
    if case is None or encounter["status"] in ("cancelled", "entered-in-error"):
        return
    plan = tasks.plan_of(case, tx)
    concern = Concern(patient, tasks.manager_of(case), f"CarePlan/{plan['id']}" if plan else "")
    tasks.raise_once(tx, ALERT, event.reference, concern, tx.now + timedelta(hours=4))
    if plan:
        tasks.raise_once(tx, REVIEW, event.reference, concern, tx.now + timedelta(days=3))


def score(event: Event, tx: Transaction) -> None:
    """`Observation.needs-action`: somebody must act within a day. What was known when the case was opened is in its acuity."""
    observation = tx.read("Observation", event.subject) or event.resource
    patient, who = target_of(observation.get("subject")), extension(observation, ACTS)
    case = tasks.case_of(patient, tx)
    if case is None or who is None or observation["status"] == "entered-in-error" or not _is_news(observation, case):
        return
    said = observation.get("interpretation", [{}])[0].get("text") or observation["code"].get("text", "a score")
    work = replace(SCORE, sentence=f"{who.replace('-', ' ').capitalize()}: {said}")
    plan = tasks.plan_of(case, tx)
    concern = Concern(patient, tasks.manager_of(case), f"CarePlan/{plan['id']}" if plan else "")
    tasks.raise_once(tx, work, event.reference, concern, tx.now + timedelta(days=1))


def missed_visit(event: Event, tx: Transaction) -> None:
    """`Appointment.noshow`: find out why, and book again, within a day."""
    appointment = tx.read("Appointment", event.subject) or event.resource
    requests = targets_of(appointment.get("basedOn"), "ServiceRequest")
    concern = next((found for each in requests if (found := tasks.concern_of(each, tx))), None)
    if concern and appointment["status"] == "noshow":
        tasks.raise_once(tx, MISSED, event.reference, concern, tx.now + timedelta(days=1))


def _is_news(observation: Resource, case: Resource) -> bool:
    when, opened = observation.get("effectiveDateTime"), case.get("period", {}).get("start")
    return not when or not opened or moments(when)[0] > moments(opened)[0]
