"""The RiskAssessment of a patient: made when somebody asks, and made anew when what it was made of changes."""

from __future__ import annotations

from typing import Any

from services.intake.announcements import INPATIENT
from services.intake.case_types import followed
from services.intake.flags import lower_flag, raise_flag
from services.intake.vocabulary import ACUITY, COMPLEXITY
from shared.fhir import text
from shared.fhir.change import Change
from shared.fhir.element import concept, reference_to, target_of
from shared.fhir.issue import Resource
from shared.kernel.ids import id_from
from shared.service import Call
from shared.store.transaction import Transaction
from shared.store.version import Timer

from .facts import Facts, facts
from .risk import RULES, Assessment, assess

DUE = "assess-risk"
"""The timer by which the risk of a patient (its key) is looked at again: many changes at once are one look."""

METHOD = "urn:careloom:risk-method"
KIND = "urn:careloom:risk"
"""RiskAssessment.prediction.outcome: readmission, acuity or complexity."""

PROBABILITY = "http://terminology.hl7.org/CodeSystem/risk-probability"

PARTS = {
    "length-of-stay": "length of stay",
    "emergency": "emergency admission",
    "comorbidity": "comorbidity",
    "earlier-visits": "earlier visits",
}


def assess_patient(call: Call, tx: Transaction) -> Resource:
    """`Patient/<id>/$assess`: the RiskAssessment as things stand now, stored."""
    return assessed(f"Patient/{call.id}", tx)[0]


def assessed(patient: str, tx: Transaction) -> tuple[Resource, Assessment, Facts]:
    """Look at the facts now. A new version only where the result is another; flags and open cases follow it."""
    known = facts(patient, tx)
    found = assess(known.values, known.groups)
    kept, made = tx.read("RiskAssessment", id_of(patient)), _resource(patient, known, found, tx)
    if kept is None or kept["prediction"] != made["prediction"] or kept["status"] != made["status"]:
        kept = tx.save(made)
        _flag(patient, found, tx)
        _tell_cases(patient, found, tx)
    return kept, found, known


def id_of(patient: str) -> str:
    """One for each patient, so that its versions are the history of the risk."""
    return id_from("risk", patient)


def visit_changed(change: Change[Any], tx: Transaction) -> None:
    """With every write of an Encounter: stays and emergency visits count."""
    kinds = {(each or {}).get("class", {}).get("code") for each in (change.before, change.after)}
    if not kinds.isdisjoint({*INPATIENT, "EMER"}):
        _look_again(change, tx)


def finding_changed(change: Change[Any], tx: Transaction) -> None:
    """With every write of a Condition."""
    _look_again(change, tx)


def score_changed(change: Change[Any], tx: Transaction) -> None:
    """With every write of an Observation: scores that the rules know count."""
    codes = {(coding.get("system"), coding.get("code")) for coding in change.after["code"].get("coding", ())}
    if not codes.isdisjoint(_SCORES):
        _look_again(change, tx)


def is_due(timer: Timer, tx: Transaction) -> None:
    if tx.read(*timer.key.split("/")) is not None:
        assessed(timer.key, tx)


_SCORES = frozenset((system, code) for system, code in RULES["scores"].values())


def _look_again(change: Change[Any], tx: Transaction) -> None:
    """Where there is a RiskAssessment: risk is not worked out for everybody whom a feed tells of."""
    patients = {target_of((each or {}).get("subject")) for each in (change.before, change.after)}
    for patient in patients:
        if patient.startswith("Patient/") and tx.current("RiskAssessment", id_of(patient)) is not None:
            tx.schedule(DUE, tx.now, patient)


def _resource(patient: str, known: Facts, found: Assessment, tx: Transaction) -> Resource:
    made: Resource = {
        "resourceType": "RiskAssessment",
        "id": id_of(patient),
        "status": "final",
        "method": concept(
            METHOD, f"careloom-{RULES['version']}", "Readmission as by the LACE index; acuity and complexity by rules"
        ),
        "subject": reference_to(patient),
        "occurrenceDateTime": text.instant(tx.now),
        "prediction": [
            _prediction(
                "readmission", "Readmission within 30 days", concept(PROBABILITY, found.readmission.is_), _in_words(found)
            ),
            _prediction("acuity", "Acuity of the case", concept(ACUITY, found.acuity.is_), found.acuity.because),
            _prediction(
                "complexity", "Complexity of the transition", concept(COMPLEXITY, found.complexity.is_), found.complexity.because
            ),
        ],
    }
    if known.stay:
        made["encounter"] = reference_to(known.stay)
    if known.basis:
        made["basis"] = [reference_to(each) for each in known.basis]
    return made


def _prediction(kind: str, title: str, risk: Resource, because: str) -> Resource:
    return {"outcome": concept(KIND, kind, title), "qualitativeRisk": risk, "rationale": because}


def _in_words(found: Assessment) -> str:
    parts = ", ".join(f"{PARTS.get(name, name)} {points}" for name, points in found.points.items())
    return f"{found.score} points: {parts}"


def _flag(patient: str, found: Assessment, tx: Transaction) -> None:
    raised = {flag.is_: flag.because for flag in found.flags}
    for rule in RULES["flags"]:
        code = rule["is"]
        if code in raised:
            raise_flag(patient, code, code, raised[code], tx)
        else:
            lower_flag(patient, code, tx)


def _tell_cases(patient: str, found: Assessment, tx: Transaction) -> None:
    for case in tx.search(f"EpisodeOfCare?patient={patient}&status=planned,waitlist,active,onhold"):
        tx.save(followed(case, found.acuity.is_, found.complexity.is_))
