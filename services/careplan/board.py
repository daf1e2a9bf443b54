"""The activity board of a plan: for each activity its coverage, its appointments, its attendance.

Computed from what is known when it is asked for and never written into the plan: that would bump the version under a
person's edit, and make coverage check again what only coverage had changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from shared.fhir.element import code_in, target_of
from shared.fhir.issue import Resource
from shared.fhir.refusal import NotFound
from shared.service import Call
from shared.store.transaction import Transaction
from shared.store.view import View

from .attendance import tally, visits
from .vocabulary import ADJUDICATION, SERVICE


def status(call: Call, tx: Transaction) -> Resource:
    """`CarePlan/<id>/$status`: Parameters with one `activity` of parts for each activity of the plan."""
    plan = tx.read("CarePlan", call.id)
    if plan is None:
        raise NotFound(f"CarePlan/{call.id} is not known")
    rows = [{"name": "activity", "part": list(_row(activity, tx))} for activity in plan.get("activity", ())]
    return {"resourceType": "Parameters", "parameter": [{"name": "status", "valueCode": plan["status"]}, *rows]}


def coverage_of(answers: Iterable[Resource], authorizations: Iterable[Resource]) -> tuple[str, dict[str, Any]]:
    """What the payers said of one service: a word, and for an approved one `visits`, `used` and `until`.

    `answers` are CoverageEligibilityResponses, `authorizations` ClaimResponses of a preauthorization.
    """
    items = [item for answer in answers for item in _items_in_force(answer)]
    if not items:
        return "unknown", {}
    covered = [item for item in items if not item.get("excluded")]
    if not covered:
        return "not covered", {}
    if not all(item.get("authorizationRequired") for item in covered):
        return "covered", {}
    return _authorization(list(authorizations))


def adjudicated(answer: Resource, code: str) -> int:
    """The value of an adjudication of a ClaimResponse's items, 0 where there is none."""
    return sum(
        int(float(adjudication.get("value", 0)))
        for item in answer.get("item", ())
        for adjudication in item.get("adjudication", ())
        if code_in(adjudication["category"], ADJUDICATION) == code
    )


def _row(activity: Resource, view: View) -> Iterable[Mapping[str, Any]]:
    target = target_of(activity.get("reference"))
    if not target:
        detail = activity.get("detail", {})
        yield {"name": "title", "valueString": detail.get("description") or detail.get("code", {}).get("text") or "activity"}
        yield {"name": "status", "valueCode": detail.get("status", "unknown")}
        return
    yield {"name": "reference", "valueReference": {"reference": target}}
    request = view.read(*target.split("/"))
    if request is None:
        return
    yield {"name": "title", "valueString": request.get("code", {}).get("text") or request.get("description") or target}
    yield {"name": "status", "valueCode": request["status"]}
    if request["resourceType"] == "ServiceRequest":
        yield from _coverage(request, view)
        for name, count in sorted(tally(visits(request["id"], view)).items()):
            yield {"name": f"visits-{name}", "valueInteger": count}


def _coverage(request: Resource, view: View) -> Iterable[Mapping[str, Any]]:
    about = f"identifier={SERVICE}|{request['id']}"
    answers = view.search(f"CoverageEligibilityResponse?{about}&status=active")
    word, facts = coverage_of(answers, view.search(f"ClaimResponse?{about}&status=active"))
    yield {"name": "coverage", "valueString": word}
    for name, value in facts.items():
        yield {"name": name, "valueInteger": value} if isinstance(value, int) else {"name": name, "valueDateTime": value}


def _items_in_force(answer: Resource) -> list[Resource]:
    if answer["outcome"] != "complete":
        return []
    insurances = answer.get("insurance", ())
    return [item if each.get("inforce") else item | {"excluded": True} for each in insurances for item in each.get("item", ())]


def _authorization(answers: list[Resource]) -> tuple[str, dict[str, Any]]:
    if not answers:
        return "authorization needed", {}
    decided = [answer for answer in answers if answer["outcome"] == "complete"]
    if not decided:
        return "authorization pending", {}
    approved = sum(adjudicated(answer, "approved-visits") for answer in decided)
    if not approved:
        return "authorization denied", {}
    facts: dict[str, Any] = {"visits": approved, "used": sum(adjudicated(answer, "used-visits") for answer in decided)}
    until = max((answer.get("preAuthPeriod", {}).get("end", "") for answer in decided), default="")
    return "approved", facts | ({"until": until} if until else {})
