"""DG1: diagnoses, each a Condition, and what the Encounter says of them."""

from __future__ import annotations

from services.intake.hl7v2.message import Group
from services.intake.hl7v2.segment import Segment
from shared.fhir.element import reference_to
from shared.fhir.issue import Resource
from shared.kernel.ids import id_from

from . import tables
from .codes import checked_date, code_of
from .datatypes import concept, entity_identifier, filled
from .practitioners import people
from .scribe import VISIT, Scribe, derived


def diagnoses(group: Group, patient: str, visit: str, scribe: Scribe) -> list[Resource]:
    """Store them; what `Encounter.diagnosis` says of them. `visit` is the id of the Encounter, "" for none."""
    return [made for dg1 in group.all("DG1") if (made := _diagnosis(dg1, patient, visit, scribe))]


def _diagnosis(dg1: Segment, patient: str, visit: str, scribe: Scribe) -> Resource:
    code = concept(dg1.value(3)) or filled(text=dg1.text(4))
    if not code:
        return {}
    if dg1.text(4) and "text" not in code:
        code["text"] = dg1.text(4)
    number = entity_identifier(dg1.value(20), scribe.message, usual=scribe.authority)
    onset, recorded = checked_date(dg1, 5, scribe), checked_date(dg1, 19, scribe)
    kept = _condition_id(dg1, number, code, visit or patient)
    asserter = next(iter(people(dg1, 16, scribe)), {})
    is_error = dg1.text(21).upper() == "D"
    scribe.put_news(
        filled(
            resourceType="Condition",
            id=kept,
            identifier=[number] if number else [],
            clinicalStatus={} if is_error else _status("clinical", "active"),
            verificationStatus=_status("ver-status", "entered-in-error" if is_error else "confirmed"),
            category=[_category()],
            code=code,
            subject=reference_to(f"Patient/{patient}"),
            encounter=reference_to(f"Encounter/{visit}") if visit else {},
            onsetDateTime=onset and onset.fhir,
            recordedDate=recorded and recorded.fhir,
            asserter=asserter,
        ),
        (VISIT, visit) if visit and not number else None,
    )
    use = code_of(dg1, 6, tables.DIAGNOSIS_USE, scribe) if dg1.text(6) != "W" else None
    rank = dg1.text(15)
    return (
        {}
        if is_error
        else filled(
            condition=reference_to(f"Condition/{kept}"),
            use={"coding": [{"system": tables.DIAGNOSIS_ROLE, "code": use}]} if use else {},
            rank=int(rank) if rank.isdecimal() and 0 < int(rank) < 1000 else None,
        )
    )


def _condition_id(dg1: Segment, number: Resource, code: Resource, of: str) -> str:
    if number:
        return derived("Condition", number.get("system", ""), number["value"])
    said: Resource = next(iter(code.get("coding", ())), {})
    return id_from("Condition", of, said.get("system", ""), said.get("code", "") or code.get("text", ""), dg1.text(6))


def _status(which: str, code: str) -> Resource:
    return {"coding": [{"system": f"http://terminology.hl7.org/CodeSystem/condition-{which}", "code": code}]}


def _category() -> Resource:
    return {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-category", "code": "encounter-diagnosis"}]}
