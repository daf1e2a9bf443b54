"""The case: opened with its model, its acuity, its programme and a manager, or with a place on the waiting list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.fhir import text
from shared.fhir.element import code_in, concept, reference_to
from shared.fhir.issue import Issue, Resource
from shared.fhir.refusal import Conflict, Malformed
from shared.service import Call
from shared.store.transaction import Transaction
from shared.store.view import View

from .call import code_of, patient_in, reference_in, text_of
from .caseload import FACTOR_OF_MODEL, WEIGHT_OF_ACUITY
from .roster import loads
from .vocabulary import ACUITY, LANGUAGE, MODEL, NEEDS_LANGUAGE
from .waiting import take_turn

STILL_OPEN = "waitlist,active,onhold"


def open_case(call: Call, tx: Transaction) -> Resource:
    """`EpisodeOfCare/$open` (patient, model, acuity; manager, language): the case, active or waiting.

    A patient has one open case of a model at a time: asked again, that one is the answer.
    """
    patient = patient_in(call, tx)
    model = code_of(call, "model", FACTOR_OF_MODEL)
    acuity = code_of(call, "acuity", WEIGHT_OF_ACUITY)
    if not model or not acuity:
        raise Malformed("$open needs a model and an acuity")
    if known := _already_open(patient, model, tx):
        return known
    case = _new_case(patient, model, acuity, tx)
    return take_turn(case | _asked_for(call, patient, tx), tx)


def _new_case(patient: str, model: str, acuity: str, tx: Transaction) -> Resource:
    return {
        "resourceType": "EpisodeOfCare",
        "id": tx.new_id(),
        "status": "planned",
        "type": [concept(MODEL, model), concept(ACUITY, acuity)],
        "patient": reference_to(patient),
        "period": {"start": text.instant(tx.now)},
    }


def _already_open(patient: str, model: str, view: View) -> Resource | None:
    query = f"EpisodeOfCare?patient={patient}&type={MODEL}|{model}&status={STILL_OPEN}"
    return next(iter(view.search(query)), None)


def _asked_for(call: Call, patient: str, view: View) -> dict[str, Any]:
    """The manager who was asked for, and the patient's language. Raises Conflict for who is no case manager."""
    asked: dict[str, Any] = {}
    if language := text_of(call, "language") or _language_of(view.read(*patient.split("/")) or {}):
        asked["extension"] = [{"url": NEEDS_LANGUAGE, "valueCode": language}]
    if manager := reference_in(call, "manager"):
        if manager not in {load.manager for load in loads(view)}:
            raise Conflict(Issue(f"{manager} is no case manager", "EpisodeOfCare.careManager", "conflict", status=409))
        asked["careManager"] = reference_to(manager)
    return asked


def _language_of(patient: Mapping[str, Any]) -> str:
    """The language that a patient prefers."""
    spoken = [each for each in patient.get("communication", ()) if each.get("preferred")]
    return next((code for each in spoken if (code := code_in(each.get("language"), LANGUAGE))), "")
