"""What must hold of plans, goals, requests and tasks."""

from __future__ import annotations

from collections.abc import Iterator

from shared.fhir.change import Change
from shared.fhir.element import extension
from shared.fhir.issue import Issue
from shared.fhir.lifecycle import Moves, illegal_moves
from shared.fhir.types import CarePlan, Goal, ServiceRequest, Task

from .vocabulary import STATUS_REASON

NOTHING: frozenset[str] = frozenset()
ENTERED_IN_ERROR = frozenset({"entered-in-error"})

PLAN_MAY_BECOME: Moves = {
    "draft": frozenset({"active", "revoked", "entered-in-error"}),
    "active": frozenset({"on-hold", "completed", "revoked", "entered-in-error"}),
    "on-hold": frozenset({"active", "completed", "revoked", "entered-in-error"}),
    "completed": ENTERED_IN_ERROR,
    "revoked": ENTERED_IN_ERROR,
    "entered-in-error": NOTHING,
}
"""http://hl7.org/fhir/R4/valueset-request-status.html"""

REQUEST_MAY_BECOME = PLAN_MAY_BECOME

GOAL_MAY_BECOME: Moves = {
    "entered-in-error": NOTHING,
    "rejected": frozenset({"proposed", "entered-in-error"}),
}
"""http://hl7.org/fhir/R4/valueset-goal-status.html; a goal that was reached can be lost and taken up again."""

TASK_MAY_BECOME: Moves = {
    "completed": ENTERED_IN_ERROR,
    "cancelled": ENTERED_IN_ERROR,
    "failed": ENTERED_IN_ERROR,
    "rejected": ENTERED_IN_ERROR,
    "entered-in-error": NOTHING,
}
"""http://hl7.org/fhir/R4/task.html#statemachine: what has ended does not begin again."""

OPEN = frozenset({"not-started", "scheduled", "in-progress", "on-hold"})
"""Of CarePlan.activity.detail.status."""


def a_plan_moves_only_as_its_life_cycle_allows(change: Change[CarePlan]) -> Iterator[Issue]:
    yield from illegal_moves(change, PLAN_MAY_BECOME)


def a_plan_stays_with_its_patient(change: Change[CarePlan]) -> Iterator[Issue]:
    if change.before and change.before["subject"].get("reference") != change.after["subject"].get("reference"):
        yield Issue("a plan cannot move to another patient", "CarePlan.subject")


def a_completed_plan_leaves_no_activity_open_without_a_reason(change: Change[CarePlan]) -> Iterator[Issue]:
    """Of the activities that the plan itself describes; those it refers to are looked at by life_cycle.

    A plan that arrives completed is somebody's record and taken as it is.
    """
    if change.before is None or not change.became("status", "completed") or extension(change.after, STATUS_REASON):
        return
    for place, activity in enumerate(change.after.get("activity", ())):
        detail = activity.get("detail", {})
        if detail.get("status") in OPEN and not detail.get("statusReason"):
            yield Issue("a plan cannot be completed while an activity is open without a reason", f"CarePlan.activity[{place}]")


def a_goal_moves_only_as_its_life_cycle_allows(change: Change[Goal]) -> Iterator[Issue]:
    yield from illegal_moves(change, GOAL_MAY_BECOME, "lifecycleStatus")


def a_request_moves_only_as_its_life_cycle_allows(change: Change[ServiceRequest]) -> Iterator[Issue]:
    yield from illegal_moves(change, REQUEST_MAY_BECOME)


def a_task_that_has_ended_does_not_begin_again(change: Change[Task]) -> Iterator[Issue]:
    yield from illegal_moves(change, TASK_MAY_BECOME)


CARE_PLAN = (
    a_plan_moves_only_as_its_life_cycle_allows,
    a_plan_stays_with_its_patient,
    a_completed_plan_leaves_no_activity_open_without_a_reason,
)
GOAL = (a_goal_moves_only_as_its_life_cycle_allows,)
SERVICE_REQUEST = (a_request_moves_only_as_its_life_cycle_allows,)
TASK = (a_task_that_has_ended_does_not_begin_again,)
