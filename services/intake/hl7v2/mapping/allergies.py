"""AL1 and IAM: what the patient does not bear."""

from __future__ import annotations

from typing import Final

from services.intake.hl7v2.message import Group
from services.intake.hl7v2.segment import Segment, Value
from shared.fhir.element import reference_to
from shared.fhir.issue import Resource
from shared.kernel.ids import id_from

from . import tables
from .codes import checked_date, code_of
from .datatypes import concept, entity_identifier, filled
from .practitioners import practitioner
from .related import reporter
from .scribe import Scribe

_TYPES: Final = {
    "DA": "allergy",
    "FA": "allergy",
    "EA": "allergy",
    "AA": "allergy",
    "PA": "allergy",
    "LA": "allergy",
    "MA": "allergy",
}
_ADD, _DELETE, _UPDATE = "A", "D", "U"


def allergies(group: Group, patient: str, scribe: Scribe) -> None:
    """Store every AL1."""
    for al1 in group.all("AL1"):
        onset = checked_date(al1, 6, scribe)
        _put(al1, patient, filled(onsetDateTime=onset and onset.fhir), {}, scribe)


def adverse_reactions(group: Group, patient: str, scribe: Scribe) -> None:
    """Store every IAM (A60). Where none of them says what it does (IAM-6), they are all that there is: what else is known
    from feeds is active no more. Otherwise each one changes just what it is about."""
    found = [_reaction(iam, patient, scribe) for iam in group.all("IAM")]
    actions = {iam.text(6).upper() for iam in group.all("IAM")}
    if actions.isdisjoint({_ADD, _DELETE, _UPDATE}):
        _retire_others(patient, found, scribe)


def _reaction(iam: Segment, patient: str, scribe: Scribe) -> str:
    onset = checked_date(iam, 11, scribe)
    recorded = checked_date(iam, 24, scribe) or checked_date(iam, 13, scribe)
    is_error = iam.text(6).upper() == _DELETE
    verification = "entered-in-error" if is_error else code_of(iam, 17, tables.VERIFICATION, scribe)
    more = filled(
        onsetDateTime=onset.fhir if onset else None,
        recordedDate=recorded and recorded.fhir,
        verificationStatus=_status("verification", verification) if verification else {},
        recorder=practitioner(iam.value(23), scribe),
        asserter=reporter(iam, patient, scribe),
        type={"AL": "allergy", "IN": "intolerance"}.get(iam.text(9)),
    )
    number = entity_identifier(iam.value(7), scribe.message, usual=scribe.authority)
    return _put(iam, patient, more, number, scribe)


def _put(segment: Segment, patient: str, more: Resource, number: Resource, scribe: Scribe) -> str:
    """The id; "" where no allergen is named. Fields 2 to 5 mean the same in both segments."""
    code = concept(segment.value(3))
    if segment.name == "IAM" and (clinician := concept(segment.value(27))):
        code = {**clinician, **code, "coding": [*code.get("coding", ()), *clinician.get("coding", ())]}
    if not code:
        return ""
    said: Resource = next(iter(code.get("coding", ())), {})
    allergen = (said.get("system", ""), said.get("code", "") or code.get("text", "").casefold())
    id = id_from("AllergyIntolerance", patient, *allergen)
    severity = segment.text(4).upper()
    reactions = [_manifestation(value) for value in segment.values(5)]
    reaction = filled(manifestation=reactions, severity=tables.SEVERITY.get(severity)) if reactions else {}
    is_error = more.get("verificationStatus") == _status("verification", "entered-in-error")
    category = code_of(segment, 2, tables.ALLERGY_CATEGORY, scribe) if segment.text(2) not in ("MA", "MC") else None
    scribe.put_news(
        filled(
            resourceType="AllergyIntolerance",
            id=id,
            identifier=[number] if number else [],
            # A mistake has no clinical status: http://hl7.org/fhir/R4/allergyintolerance.html#invs (ait-2)
            clinicalStatus={} if is_error else _status("clinical", "active"),
            category=[category] if category else [],
            criticality=tables.CRITICALITY.get(severity),
            code=code,
            patient=reference_to(f"Patient/{patient}"),
            reaction=[reaction] if reaction else [],
            **{"type": _TYPES.get(segment.text(2)), **more},
        )
    )
    return id


def _manifestation(value: Value) -> Resource:
    """Mostly words; a code where it says of which system."""
    return concept(value) if value.text(3) else {"text": value.text(2) or value.text(1)}


def _retire_others(patient: str, kept: list[str], scribe: Scribe) -> None:
    for known in scribe.tx.search(f"AllergyIntolerance?patient=Patient/{patient}&clinical-status=active"):
        if known["id"] not in kept and scribe.is_of_feeds(f"AllergyIntolerance/{known['id']}"):
            scribe.put_news(known | {"clinicalStatus": _status("clinical", "inactive")})


def _status(which: str, code: str) -> Resource:
    return {"coding": [{"system": f"http://terminology.hl7.org/CodeSystem/allergyintolerance-{which}", "code": code}]}
