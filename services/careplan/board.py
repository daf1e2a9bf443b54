"""The activity board of a plan: for each activity its coverage, its appointments, its attendance.

Computed from what is known when it is asked for and never written into the plan: that would bump the version under a
person's edit, and make coverage check again what only coverage had changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from shared.fhir.element import target_of
from shared.fhir.issue import Resource
from shared.fhir.refusal import NotFound
from shared.service import Call
from shared.store.transaction import Transaction
from shared.store.view import View

from .attendance import tally, to_come, visits
from .covering import standing
from .vocabulary import SERVICE


def status(call: Call, tx: Transaction) -> Resource:
    """`CarePlan/<id>/$status`: Parameters with one `activity` of parts for each activity of the plan."""
    plan = tx.read("CarePlan", call.id)
    if plan is None:
        raise NotFound(f"CarePlan/{call.id} is not known")
    rows = [{"name": "activity", "part": list(_row(activity, tx))} for activity in plan.get("activity", ())]
    return {"resourceType": "Parameters", "parameter": [{"name": "status", "valueCode": plan["status"]}, *rows]}


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
        counted = tally(visits(request["id"], view))
        yield from _coverage(request, counted["fulfilled"], view)
        for name, count in sorted(counted.items()):
            yield {"name": f"visits-{name}", "valueInteger": count}


def _coverage(request: Resource, held: int, view: View) -> Iterable[Mapping[str, Any]]:
    about = f"identifier={SERVICE}|{request['id']}&status=active"
    answers, decisions = view.search(f"CoverageEligibilityResponse?{about}"), view.search(f"ClaimResponse?{about}")
    stands = standing(answers, decisions, view.now.date(), to_come(request, held))
    yield {"name": "coverage", "valueString": stands.word}
    yield {"name": "sentence", "valueString": stands.sentence}
    for name, count in (("visits", stands.visits), ("used", stands.used), ("left", stands.left)):
        if count is not None:
            yield {"name": name, "valueInteger": count}
    if stands.until:
        yield {"name": "until", "valueDateTime": stands.until.isoformat()}
