"""What the contract suite writes: a small service that owns CarePlan and Task and follows Patient."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from shared.fhir import text
from shared.fhir.change import Announcement, Change, Rule
from shared.fhir.issue import Issue, Resource
from shared.fhir.text import Draft
from shared.store.transaction import Transaction


@dataclass(frozen=True)
class Kept:
    """A type that the tested service owns."""

    name: str
    rules: tuple[Rule, ...] = ()
    announces: tuple[Announcement, ...] = ()
    then: Callable[[Change[Any], Transaction], None] | None = None
    told: bool = True


def a_plan_that_is_completed_was_active(change: Change[Any]) -> Iterator[Issue]:
    if change.became("status", "completed") and (change.before or {}).get("status") != "active":
        yield Issue("a plan cannot be completed before it is active", "CarePlan.status")


def a_plan_should_have_a_title(change: Change[Any]) -> Iterator[Issue]:
    if not change.after.get("title"):
        yield Issue("a plan should have a title", "CarePlan.title", severity="warning")


ACTIVATED = Announcement("activated", lambda change: change.became("status", "active"), "A plan is in force.")

PLAN = Kept("CarePlan", (a_plan_that_is_completed_was_active, a_plan_should_have_a_title), (ACTIVATED,))
TASK = Kept("Task")


def a_plan(status: str = "draft", **elements: Any) -> Resource:
    subject = {"reference": "Patient/river"}
    return {"resourceType": "CarePlan", "status": status, "intent": "plan", "title": "Recovery", "subject": subject} | elements


def drafted(resource: Resource) -> Draft:
    return text.draft_of(resource)


def put(resource: Resource, id: str) -> Callable[[Transaction], Any]:
    """The unit of work of a PUT."""
    return lambda tx: tx.write(drafted(resource), id)


def post(resource: Resource) -> Callable[[Transaction], Any]:
    """The unit of work of a POST."""
    return lambda tx: tx.write(drafted(resource), tx.new_id())
