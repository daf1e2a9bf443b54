"""NK1, GT1, PID-21: the people around the patient, each a RelatedPerson."""

from __future__ import annotations

from services.intake.hl7v2.message import Group
from services.intake.hl7v2.segment import Segment, Value
from shared.fhir.element import reference_to
from shared.fhir.issue import Resource
from shared.kernel.ids import id_from

from . import tables
from .codes import checked_date, code_of
from .datatypes import address, coding, concept, contact, each, filled, identifier, identifier_type, name, period
from .scribe import STAMPS, Scribe

GUARANTOR = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-RoleClass", "code": "GUAR"}]}


def related_people(group: Group, patient: str, scribe: Scribe) -> None:
    """Store everyone whom NK1 and GT1 name. One without a number is known by name and relationship."""
    for segment in group.all("NK1"):
        _next_of_kin(segment, patient, scribe)
    for segment in group.all("GT1"):
        _guarantor(segment, patient, scribe)


def mother(pid: Segment, patient: str, scribe: Scribe) -> None:
    """PID-21, the mother's number: whose child a newborn is."""
    numbers = each(lambda value: identifier(value, scribe.message, scribe.authority), pid.values(21))
    if numbers:
        relationship = {"coding": [coding((tables.ROLE_CODE, "MTH"))]}
        _put(patient, "mother", {"identifier": numbers, "relationship": [relationship]}, scribe)


def insured(segment: Segment, patient: str, scribe: Scribe) -> Resource:
    """IN1-16 to 19: the person whose insurance it is, where that is not the patient."""
    message = scribe.message
    found = filled(
        name=each(lambda value: name(value, message), segment.values(16)),
        relationship=[concept(segment.value(17), tables.RELATIONSHIP, f"{tables.V2}0063")] if segment.text(17) else [],
        birthDate=_birth_date(segment, 18, scribe),
        address=each(lambda value: address(value, message), segment.values(19)),
        gender=code_of(segment, 43, tables.SEX, scribe),
    )
    return _put(patient, "insured", found, scribe)


def reporter(iam: Segment, patient: str, scribe: Scribe) -> Resource:
    """IAM-14, 15: who has told of an allergy."""
    said = each(lambda value: name(value, scribe.message), iam.values(14))
    return _put(patient, "reporter", filled(name=said, relationship=_relationships(iam, {15: "0063"})), scribe) if said else {}


def _next_of_kin(nk1: Segment, patient: str, scribe: Scribe) -> None:
    message = scribe.message
    found = filled(
        identifier=_numbers([*nk1.values(33), *nk1.values(12)], nk1.text(37), scribe),
        name=[
            *each(lambda value: name(value, message), nk1.values(2)),
            *each(lambda value: name(value, message), nk1.values(30)),
        ],
        relationship=_relationships(nk1, {3: "0063", 7: "0131"}),
        address=[
            *each(lambda value: address(value, message), nk1.values(4)),
            *each(lambda value: address(value, message), nk1.values(32)),
        ],
        telecom=_telecom(nk1, {5: "", 6: "work", 31: "", 40: "", 41: ""}, scribe),
        gender=code_of(nk1, 15, tables.SEX, scribe),
        birthDate=_birth_date(nk1, 16, scribe),
        period=period(nk1.text(8), nk1.text(9), message),
        communication=[{"language": concept(nk1.value(20), usual="urn:ietf:bcp:47")}] if nk1.text(20) else [],
    )
    _put(patient, "next of kin", found, scribe)


def _guarantor(gt1: Segment, patient: str, scribe: Scribe) -> None:
    message = scribe.message
    found = filled(
        identifier=_numbers(list(gt1.values(2)), gt1.text(12), scribe),
        name=each(lambda value: name(value, message), gt1.values(3)),
        relationship=[*_relationships(gt1, {11: "0063"}), GUARANTOR],
        address=each(lambda value: address(value, message), gt1.values(5)),
        telecom=_telecom(gt1, {6: "home", 7: "work"}, scribe),
        gender=code_of(gt1, 9, tables.SEX, scribe),
        birthDate=_birth_date(gt1, 8, scribe),
        period=period(gt1.text(13), gt1.text(14), message),
    )
    _put(patient, "guarantor", found, scribe)


def _put(patient: str, role: str, found: Resource, scribe: Scribe) -> Resource:
    """A reference to them; {} where nobody is named."""
    key = _known_by(found)
    if not key:
        return {}
    id = id_from("RelatedPerson", patient, role, key)
    subject = reference_to(f"Patient/{patient}")
    scribe.put_news({"resourceType": "RelatedPerson", "id": id, "patient": subject, **found}, (STAMPS, patient))
    return reference_to(f"RelatedPerson/{id}")


def _known_by(found: Resource) -> str:
    for each_ in found.get("identifier", ()):
        return f"{each_.get('system', '')}|{each_['value']}"
    named = found.get("name", [{}])[0]
    words = [named.get("family", ""), *named.get("given", ())[:1]]
    relationship = next((str(each_) for each_ in found.get("relationship", ())), "")
    return "|".join([*words, relationship]).casefold() if any(words) else ""


def _numbers(values: list[Value], ssn: str, scribe: Scribe) -> list[Resource]:
    found = each(lambda value: identifier(value, scribe.message, scribe.authority), values)
    return [*found, {"type": identifier_type("SS"), "system": tables.SSN, "value": ssn}] if ssn else found


def _relationships(segment: Segment, table_of: dict[int, str]) -> list[Resource]:
    fields = segment.among(table_of)
    return [made for at, table in fields if (made := concept(segment.value(at), tables.RELATIONSHIP, f"{tables.V2}{table}"))]


def _telecom(segment: Segment, uses: dict[int, str], scribe: Scribe) -> list[Resource]:
    said = ((value, use) for number, use in segment.among(uses) for value in segment.values(number))
    return [made for value, use in said if (made := contact(value, scribe.message, use))]


def _birth_date(segment: Segment, number: int, scribe: Scribe) -> str | None:
    found = checked_date(segment, number, scribe)
    return found.date if found else None
