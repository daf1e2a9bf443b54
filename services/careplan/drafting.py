"""The plan that a model makes for one case: CarePlan, Goals, CareTeam, ServiceRequests and Tasks, as drafts.

http://hl7.org/fhir/R4/plandefinition-operation-apply.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from shared.fhir import text
from shared.fhir.element import code_in, concept, reference_to
from shared.fhir.issue import Resource
from shared.kernel.ids import id_from

from .vocabulary import ACTIVITY, CASE, MODEL

CHECK_IN = "check-in"


@dataclass(frozen=True, slots=True)
class Occasion:
    """For whom, by whom and when a model is applied. References are `Type/id`; `key` makes the ids."""

    key: str
    patient: str
    now: datetime
    manager: str = ""
    case: str = ""
    encounter: str = ""
    conditions: tuple[str, ...] = ()

    @property
    def plan(self) -> str:
        return id_from("plan", self.key)


def draft(definition: Resource, occasion: Occasion) -> list[Resource]:
    """Everything that the plan consists of, the plan itself last, so that nobody hears of it before its parts."""
    goals = [_goal(goal, occasion) for goal in definition.get("goal", ())]
    requests = [
        _request(activity, occasion) for activity in _activities(definition) if code_in(activity["code"], ACTIVITY) != CHECK_IN
    ]
    team = _care_team(occasion)
    return [*goals, *requests, team, _care_plan(definition, goals, requests, team, occasion)]


def due_after(activity: Resource, begin: datetime) -> datetime:
    """When an activity that has `timingTiming.repeat.boundsDuration` in days is due; else after a fortnight."""
    days = activity.get("timingTiming", {}).get("repeat", {}).get("boundsDuration", {}).get("value", 14)
    return begin + timedelta(days=float(days))


def _activities(definition: Resource) -> Iterator[Resource]:
    """The contained ActivityDefinitions that the model's actions refer to, in the order of the actions."""
    contained = {f"#{each['id']}": each for each in definition.get("contained", ())}
    for action in definition.get("action", ()):
        if activity := contained.get(action.get("definitionCanonical", "")):
            yield activity


def _goal(goal: Resource, occasion: Occasion) -> Resource:
    begin = occasion.now.date()
    made: Resource = {
        "resourceType": "Goal",
        "id": id_from("goal", occasion.key, goal.get("id", goal["description"].get("text", ""))),
        "lifecycleStatus": "proposed",
        "description": goal["description"],
        "subject": reference_to(occasion.patient),
        "target": [
            {"dueDate": (begin + timedelta(days=float(target["due"]["value"]))).isoformat()}
            for target in goal.get("target", ())
            if "due" in target
        ],
        "addresses": [reference_to(condition) for condition in occasion.conditions],
    }
    return _filled(made | {"priority": goal.get("priority")})


def _request(activity: Resource, occasion: Occasion) -> Resource:
    make = {"ServiceRequest": _service_request, "Task": _task}[activity["kind"]]
    id = id_from(activity["kind"], occasion.key, activity["id"])
    return _filled({"resourceType": activity["kind"], "id": id} | make(activity, occasion))


def _service_request(activity: Resource, occasion: Occasion) -> dict[str, Any]:
    return {
        "basedOn": [reference_to(f"CarePlan/{occasion.plan}")],
        "status": "draft",
        "intent": "plan",
        "category": activity.get("topic"),
        "code": activity["code"],
        "quantityQuantity": activity.get("quantity"),
        "subject": reference_to(occasion.patient),
        "encounter": _maybe(occasion.encounter),
        "occurrenceTiming": activity.get("timingTiming"),
        "authoredOn": text.instant(occasion.now),
        "requester": _maybe(occasion.manager),
        "performerType": next((each["role"] for each in activity.get("participant", ()) if "role" in each), None),
        "reasonReference": [reference_to(condition) for condition in occasion.conditions],
    }


def _task(activity: Resource, occasion: Occasion) -> dict[str, Any]:
    return {
        "basedOn": [reference_to(f"CarePlan/{occasion.plan}")],
        "status": "draft",
        "intent": "plan",
        "code": activity["code"],
        "description": activity.get("description") or activity.get("title"),
        "for": reference_to(occasion.patient),
        "encounter": _maybe(occasion.encounter),
        "authoredOn": text.instant(occasion.now),
        "owner": _maybe(occasion.manager),
        "restriction": {"period": {"end": text.instant(due_after(activity, occasion.now))}},
    }


def _care_team(occasion: Occasion) -> Resource:
    members = [member for member in (occasion.patient, occasion.manager) if member]
    return _filled(
        {
            "resourceType": "CareTeam",
            "id": id_from("team", occasion.key),
            "status": "proposed",
            "subject": reference_to(occasion.patient),
            "encounter": _maybe(occasion.encounter),
            "participant": [{"member": reference_to(member)} for member in members],
        }
    )


def _care_plan(
    definition: Resource, goals: list[Resource], requests: list[Resource], team: Resource, occasion: Occasion
) -> Resource:
    return _filled(
        {
            "resourceType": "CarePlan",
            "id": occasion.plan,
            "identifier": [{"system": CASE, "value": occasion.key}],
            "instantiatesCanonical": [f"{definition['url']}|{definition['version']}"],
            "status": "draft",
            "intent": "plan",
            "category": [concept(MODEL, definition["url"].rpartition(":")[2], definition.get("title", ""))],
            "title": definition.get("title"),
            "subject": reference_to(occasion.patient),
            "encounter": _maybe(occasion.encounter),
            "created": text.instant(occasion.now),
            "author": _maybe(occasion.manager),
            "careTeam": [reference_to(team)],
            "addresses": [reference_to(condition) for condition in occasion.conditions],
            "supportingInfo": [reference_to(occasion.case)] if occasion.case else None,
            "goal": [reference_to(goal) for goal in goals],
            "activity": [{"reference": reference_to(request)} for request in requests],
        }
    )


def _maybe(target: str) -> dict[str, Any] | None:
    return reference_to(target) if target else None


def _filled(resource: Resource) -> Resource:
    """Without the elements that nothing is known for: FHIR has no empty ones."""
    return {name: value for name, value in resource.items() if value not in (None, [], {}, "")}
