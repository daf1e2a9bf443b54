"""The case: opened with its model, its acuity, its programme and a manager, or with a place on the waiting list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from shared.fhir import text
from shared.fhir.element import code_in, concept, reference_to
from shared.fhir.issue import Issue, Resource
from shared.fhir.refusal import Conflict, Malformed, Unprocessable
from shared.service import Call
from shared.store.transaction import Transaction
from shared.store.view import View

from .assessment.assessing import assessed
from .assessment.facts import facts
from .assessment.programmes import PROGRAMMES, Fit, fits
from .assessment.risk import Assessment, assess
from .call import code_of, patient_in, reference_in, text_of
from .case_types import chosen
from .caseload import FACTOR_OF_MODEL, WEIGHT_OF_ACUITY
from .roster import loads
from .vocabulary import ACUITY, COMPLEXITY, LANGUAGE, MODEL, NEEDS_CREDENTIAL, NEEDS_LANGUAGE, PROGRAMME
from .waiting import take_turn

STILL_OPEN = "waitlist,active,onhold"


def open_case(call: Call, tx: Transaction) -> Resource:
    """`EpisodeOfCare/$open` (patient, model; acuity, programme, manager, language): the case, active or waiting.

    Acuity and complexity are those that the patient's risk asks for, unless an acuity is said; the programme is the first that
    fits, unless one is named. A patient has one open case of a model at a time: asked again, that one is the answer.
    """
    patient = patient_in(call, tx)
    model = code_of(call, "model", FACTOR_OF_MODEL)
    acuity = code_of(call, "acuity", WEIGHT_OF_ACUITY)
    if not model:
        raise Malformed(f"$open needs a model, one of {', '.join(sorted(FACTOR_OF_MODEL))}")
    if known := _already_open(patient, model, tx):
        return known
    _, found, known_facts = assessed(patient, tx)
    programme = _programme(code_of(call, "programme", PROGRAMMES), fits(known_facts, acuity or found.acuity.is_), tx)
    case = {
        "resourceType": "EpisodeOfCare",
        "id": tx.new_id(),
        "status": "planned",
        "type": _types(model, acuity, found, programme),
        "patient": reference_to(patient),
        "period": {"start": text.instant(tx.now)},
    }
    return take_turn(case | _asked_for(call, patient, programme, tx), tx)


def programmes(call: Call, tx: Transaction) -> Resource:
    """`Patient/<id>/$programmes`: each programme, whether the patient qualifies, and why."""
    known = facts(f"Patient/{call.id}", tx)
    found = fits(known, assess(known.values, known.groups).acuity.is_)
    return {"resourceType": "Parameters", "parameter": [_explained(each) for each in found]}


def _programme(wanted: str, offered: list[Fit], tx: Transaction) -> Fit | None:
    """Raises Unprocessable for a strict programme that was asked for and does not fit."""
    offer = next((each for each in offered if each.code == wanted or (not wanted and each.fits)), None)
    if offer is None or offer.fits:
        return offer
    issue = Issue(f"{offer.title}: the patient does not qualify, {offer.because}", "EpisodeOfCare.type")
    if offer.strict:
        raise Unprocessable(issue)
    tx.warnings.append(replace(issue, severity="warning"))
    return offer


def _types(model: str, acuity: str, found: Assessment, programme: Fit | None) -> list[dict[str, Any]]:
    types = [concept(MODEL, model)]
    if acuity:
        types += [chosen(ACUITY, acuity), chosen(COMPLEXITY, "high" if acuity == "high" else found.complexity.is_)]
    else:
        types += [concept(ACUITY, found.acuity.is_), concept(COMPLEXITY, found.complexity.is_)]
    return [*types, concept(PROGRAMME, programme.code, f"{programme.title}: {programme.because}")] if programme else types


def _already_open(patient: str, model: str, view: View) -> Resource | None:
    query = f"EpisodeOfCare?patient={patient}&type={MODEL}|{model}&status={STILL_OPEN}"
    return next(iter(view.search(query)), None)


def _asked_for(call: Call, patient: str, programme: Fit | None, view: View) -> dict[str, Any]:
    """The manager who was asked for, the patient's language, the programme's credential. Raises Conflict for who is no case
    manager."""
    extensions = []
    if language := text_of(call, "language") or _language_of(view.read(*patient.split("/")) or {}):
        extensions.append({"url": NEEDS_LANGUAGE, "valueCode": language})
    if programme and programme.credential:
        extensions.append({"url": NEEDS_CREDENTIAL, "valueCode": programme.credential})
    asked: dict[str, Any] = {"extension": extensions} if extensions else {}
    if manager := reference_in(call, "manager"):
        if manager not in {load.manager for load in loads(view)}:
            raise Conflict(Issue(f"{manager} is no case manager", "EpisodeOfCare.careManager", "conflict", status=409))
        asked["careManager"] = reference_to(manager)
    return asked


def _explained(programme: Fit) -> dict[str, Any]:
    parts = [
        {"name": "code", "valueCode": programme.code},
        {"name": "title", "valueString": programme.title},
        {"name": "fits", "valueBoolean": programme.fits},
        *({"name": "holds" if each.holds else "missing", "valueString": each.sentence} for each in programme.criteria),
    ]
    return {"name": "programme", "part": parts}


def _language_of(patient: Mapping[str, Any]) -> str:
    """The language that a patient prefers."""
    spoken = [each for each in patient.get("communication", ()) if each.get("preferred")]
    return next((code for each in spoken if (code := code_in(each.get("language"), LANGUAGE))), "")
