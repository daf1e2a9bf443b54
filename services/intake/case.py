"""The case: opened with a model and a manager, closed with its outcome."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.fhir import text
from shared.fhir.element import code_in, concept, reference_to, target_of
from shared.fhir.issue import Issue, Resource
from shared.fhir.refusal import Conflict, Malformed, NotFound
from shared.service import Call
from shared.store.transaction import Transaction
from shared.store.view import View

from .caseload import FACTOR_OF_MODEL, WEIGHT_OF_ACUITY, assign, loads
from .vocabulary import ACUITY, CASE, MODEL, OUTCOME

OUTCOMES = frozenset({"goals-met", "goals-partly-met", "goals-not-met", "declined", "moved-away", "lost-contact", "died"})
STILL_OPEN = "waitlist,active,onhold"


def open_case(call: Call, tx: Transaction) -> Resource:
    """`EpisodeOfCare/$open` (patient, model, acuity; manager): the case, active or waiting.

    A patient has one open case of a model at a time: asked again, that one is the answer.
    """
    patient = _patient(call, tx)
    case = _new_case(patient, _one_of(call, "model", FACTOR_OF_MODEL), _one_of(call, "acuity", WEIGHT_OF_ACUITY), tx)
    return _already_open(case, tx) or _with_manager(case, _reference(call.parameter("manager")), tx)


def close_case(call: Call, tx: Transaction) -> Resource:
    """`EpisodeOfCare/<id>/$close` (outcome; note): the case, finished. Its plan must have come to an end before."""
    case = tx.read("EpisodeOfCare", call.id)
    if case is None:
        raise NotFound(f"EpisodeOfCare/{call.id} is not known")
    outcome = _one_of(call, "outcome", dict.fromkeys(OUTCOMES))
    if case["status"] == "finished":
        return case
    if open_plan := _open_plan(case, tx):
        raise Conflict(f"CarePlan/{open_plan['id']} of this case is still {open_plan['status']}")
    return tx.save(_finished(case, outcome, str(call.parameter("note") or ""), text.instant(tx.now)))


def _new_case(patient: str, model: str, acuity: str, tx: Transaction) -> Resource:
    return {
        "resourceType": "EpisodeOfCare",
        "status": "planned",
        "type": [concept(MODEL, model), concept(ACUITY, acuity)],
        "patient": reference_to(patient),
        "period": {"start": text.instant(tx.now)},
    }


def _already_open(case: Resource, view: View) -> Resource | None:
    model = code_in(case["type"], MODEL)
    query = f"EpisodeOfCare?patient={target_of(case['patient'])}&type={MODEL}|{model}&status={STILL_OPEN}"
    return next(iter(view.search(query)), None)


def _with_manager(case: Resource, wanted: str, tx: Transaction) -> Resource:
    """Raises Conflict where the manager who was asked for is none."""
    if wanted and wanted not in {load.manager for load in loads(tx)}:
        raise Conflict(Issue(f"{wanted} is no certified case manager", "EpisodeOfCare.careManager", "conflict", status=409))
    return assign(case | {"id": tx.new_id()} | ({"careManager": reference_to(wanted)} if wanted else {}), tx)


def _open_plan(case: Resource, view: View) -> Resource | None:
    found = view.search(f"CarePlan?identifier={CASE}|{case['id']}&status=active,on-hold")
    return next(iter(found), None)


def _finished(case: Resource, outcome: str, note: str, now: str) -> Resource:
    extensions = [*case.get("extension", ()), {"url": OUTCOME, "valueCodeableConcept": concept(OUTCOME, outcome, note)}]
    return case | {"status": "finished", "period": case.get("period", {}) | {"end": now}, "extension": extensions}


def _patient(call: Call, view: View) -> str:
    patient = _reference(call.parameter("patient"))
    if not patient.startswith("Patient/"):
        raise Malformed("$open needs the parameter patient, a reference to a Patient")
    if view.read(*patient.split("/")) is None:
        raise NotFound(f"{patient} is not known")
    return patient


def _one_of(call: Call, name: str, choices: Mapping[str, Any]) -> str:
    value = call.parameter(name)
    code = value.get("code") if isinstance(value, Mapping) else value
    if code not in choices:
        raise Malformed(f"the parameter {name} is one of {', '.join(sorted(choices))}")
    return str(code)


def _reference(value: Any) -> str:
    return target_of(value) if isinstance(value, Mapping) else str(value or "")
