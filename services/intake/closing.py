"""`EpisodeOfCare/$close`: a case ends with its outcome, and not over work that is still open unless somebody says why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from shared.fhir import text
from shared.fhir.element import concept, target_of
from shared.fhir.issue import Issue, Resource
from shared.fhir.refusal import Conflict, Malformed
from shared.service import Call
from shared.store.transaction import Transaction
from shared.store.view import View

from .call import case_of, code_of, text_of
from .vocabulary import CASE, CLOSING_REASON, OUTCOME

OUTCOMES: Mapping[str, str] = {
    "goals-met": "",
    "goals-partly-met": "",
    "goals-not-met": "",
    "declined": "the patient declined further help",
    "moved-away": "the patient moved away",
    "lost-contact": "contact was lost",
    "died": "the patient died",
}
"""How a case may end, and why work may then be left open: the outcome itself says it, or ("") somebody must."""

PLAN_IS_OPEN = "active,on-hold"
WORK_IS_OPEN = "requested,received,accepted,ready,in-progress,on-hold"
VISIT_IS_OPEN = "proposed,pending,booked"


def close_case(call: Call, tx: Transaction) -> Resource:
    """`EpisodeOfCare/<id>/$close` (outcome; note, reason): the case, finished. Closed again, it is answered as it is.

    Raises Conflict that names each open item, unless there is a reason.
    """
    case = case_of(call, tx)
    outcome, reason = code_of(call, "outcome", OUTCOMES), text_of(call, "reason")
    if not outcome:
        raise Malformed(f"$close needs an outcome, one of {', '.join(sorted(OUTCOMES))}")
    if case["status"] == "finished":
        return case
    left = list(_left_open(case, tx))
    reason = reason or (OUTCOMES[outcome] if left else "")
    if left and not reason:
        raise Conflict(*(Issue(said, "EpisodeOfCare.status", "conflict", status=409) for said in left))
    return tx.save(_finished(case, concept(OUTCOME, outcome, text_of(call, "note")), reason, text.instant(tx.now)))


def _left_open(case: Resource, view: View) -> Iterator[str]:
    """A sentence for each plan in force, task to be done and visit to come. The patient's tasks are this case's unless they
    belong to a plan of another one."""
    patient = target_of(case["patient"])
    plans = {f"CarePlan/{plan['id']}" for plan in view.search(f"CarePlan?identifier={CASE}|{case['id']}")}
    for plan in view.search(f"CarePlan?identifier={CASE}|{case['id']}&status={PLAN_IS_OPEN}"):
        yield f"CarePlan/{plan['id']} of this case is still {plan['status']}"
    for task in view.search(f"Task?patient={patient}&status={WORK_IS_OPEN}"):
        based_on = {target_of(each) for each in task.get("basedOn", ())}
        if not based_on or based_on & plans:
            yield f"Task/{task['id']} is still {task['status']}: {task.get('description', 'no description')}"
    for visit in view.search(f"Appointment?patient={patient}&status={VISIT_IS_OPEN}&date=gt{text.instant(view.now)}"):
        if "basedOn" in visit:
            yield f"Appointment/{visit['id']} is still {visit['status']}, for {visit.get('start', 'no time')}"


def _finished(case: Resource, outcome: Resource, reason: str, now: str) -> Resource:
    extensions = [*case.get("extension", ()), {"url": OUTCOME, "valueCodeableConcept": outcome}]
    if reason:
        extensions.insert(0, {"url": CLOSING_REASON, "valueString": reason})
    return case | {"status": "finished", "period": case.get("period", {}) | {"end": now}, "extension": extensions}
