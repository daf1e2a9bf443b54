"""PID and PD1: who the patient is. One MRN is one Patient, whoever has stored it first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from services.intake.hl7v2.message import Group
from services.intake.hl7v2.position import REQUIRED_FIELD_MISSING, Unmappable
from services.intake.hl7v2.segment import Segment, Value
from services.intake.merging import REPLACED_BY, successors
from shared.fhir.issue import Resource
from shared.store.instant import micros

from . import tables
from .codes import checked_date, code_of, yes_or_no
from .datatypes import address, concept, contact, date_time, each, filled, identifier, identifier_type, name, type_of
from .news import Said, Stamps, told, with_identifiers
from .organizations import organization
from .practitioners import people
from .related import mother
from .scribe import STAMPS, Scribe, derived

_EXTENSION: Final = "http://hl7.org/fhir/StructureDefinition/"
_US_CORE: Final = "http://hl7.org/fhir/us/core/StructureDefinition/"
_OMB: Final = "urn:oid:2.16.840.1.113883.6.238"


def patient(group: Group, scribe: Scribe) -> str:
    """Store what the group's PID (and PD1) says; the id of the Patient, of the surviving one where it was merged.

    Raises Unmappable without a PID or an identifier in it.
    """
    pid = scribe.only(group, "PID")
    id = identity(pid, scribe)
    tell_of(id, group, pid, scribe)
    return id


def identity(pid: Segment, scribe: Scribe) -> str:
    """The id of the Patient that a PID is about, whether they are known yet or not. Raises Unmappable without an identifier."""
    known_by = _known_by(pid, scribe)
    id = find(known_by, scribe) or _made_of(known_by)
    if not id:
        raise Unmappable("the patient has no identifier", pid.position(3), REQUIRED_FIELD_MISSING)
    return id


def expected(pid: Segment, scribe: Scribe) -> str:
    """The id that a PID's Patient has unless somebody else has stored them first; "" without an identifier."""
    return _made_of(_known_by(pid, scribe))


def tell_of(id: str, group: Group, pid: Segment, scribe: Scribe, **more: Any) -> list[str]:
    """Store what PID and PD1 say, and `more` elements; the names of what they say."""
    said = {**_said(pid, scribe), **_primary_care(group.first("PD1"), scribe), **more}
    tell(id, _identifiers(pid, scribe), said, scribe)
    mother(pid, id, scribe)
    return list(said)


def find(identifiers: Iterable[Resource], scribe: Scribe) -> str:
    """The id of the Patient whom one of these identifies, as whom it lives on now; "" where none is known."""
    for each_ in _identifying(identifiers):
        if id := scribe.known("Patient", each_.get("system", ""), each_["value"]):
            return surviving(id, scribe)
    return ""


def surviving(id: str, scribe: Scribe) -> str:
    """The id of the Patient as whom this one lives on."""
    version = scribe.current("Patient", id)
    if version is None or REPLACED_BY.encode() not in version.text:
        return id
    current = scribe.read("Patient", id)
    later = successors(id, current, scribe.tx) if current else []
    return later[-1] if later else id


def of_numbers(values: Iterable[Value], scribe: Scribe) -> str:
    """The id of the Patient with one of these numbers (MRG-1); one who isn't known is made. "" without a number."""
    identifiers = each(lambda value: identifier(value, scribe.message, scribe.authority), values)
    if not identifiers:
        return ""
    id = find(identifiers, scribe)
    if not id:
        first = next(_identifying(identifiers))
        id = derived("Patient", first.get("system", ""), first["value"])
        tell(id, identifiers, {}, scribe)
    return id


def tell(id: str, identifiers: list[Resource], said: Said, scribe: Scribe) -> None:
    """Bring a Patient up to date with these news."""
    current = scribe.read("Patient", id) or {"resourceType": "Patient", "id": id}
    stamps = stamps_of(id, scribe)
    version = scribe.current("Patient", id)
    found = told(current, said, scribe.when, stamps, micros(version.updated) if version else 0)
    if all_of_them := with_identifiers(current.get("identifier", []), identifiers):
        found["identifier"] = all_of_them
    scribe.put(found, current)
    scribe.is_late |= any(stamps.get(name) != scribe.when for name in said)
    scribe.keep(STAMPS, id, {"stamps": stamps})


def stamps_of(id: str, scribe: Scribe) -> Stamps:
    """When what is known of a Patient was said; a copy."""
    return dict(scribe.kept(STAMPS, id).get("stamps", {}))


def _known_by(pid: Segment, scribe: Scribe) -> list[Resource]:
    """PID-3; only where it is empty what older versions of the standard have in PID-2 and PID-4."""
    return next(filter(None, (scribe.identifiers(pid, number) for number in (3, 2, 4))), [])


def _made_of(known_by: list[Resource]) -> str:
    first = next(_identifying(known_by), None)
    return derived("Patient", first.get("system", ""), first["value"]) if first else ""


def _identifying(identifiers: Iterable[Resource]) -> Iterator[Resource]:
    """Record numbers first, then those of no type that is known; where there is neither, whatever there is."""
    listed = [each_ for each_ in identifiers if "value" in each_]
    numbers = [each_ for each_ in listed if type_of(each_) in tables.IDENTIFYING]
    untyped = [each_ for each_ in listed if not type_of(each_) and each_.get("system") != tables.SSN]
    yield from numbers + untyped or listed


def _identifiers(pid: Segment, scribe: Scribe) -> list[Resource]:
    """PID-3, then what older versions of the standard have in PID-2, 4, 19 and 20."""
    message = scribe.message
    found = [made for number in (3, 2, 4) for made in scribe.identifiers(pid, number)]
    if number := pid.text(19):
        found.append({"type": identifier_type("SS"), "system": tables.SSN, "value": number})
    if number := pid.text(20):
        state, until = pid.text(20, 2), pid.text(20, 3)
        issued = filled(end=date_time(until, message) if until else None)
        licence = filled(type=identifier_type("DL"), value=number, period=issued, assigner=filled(display=state))
        found.append(licence)
    return found


def _said(pid: Segment, scribe: Scribe) -> dict[str, Any]:
    message = scribe.message
    said: dict[str, Any] = {
        "name": [
            *each(lambda value: name(value, message), pid.values(5)),
            *each(lambda value: name(value, message), pid.values(9)),
        ],
        "birthDate[x]": _birth(pid, scribe),
        "gender": code_of(pid, 8, tables.SEX, scribe),
        "address": each(lambda value: address(value, message), pid.values(11)),
        "telecom": [
            *each(lambda value: contact(value, message, "home"), pid.values(13)),
            *each(lambda value: contact(value, message, "work"), pid.values(14)),
            *each(lambda value: contact(value, message), pid.values(40)),
        ],
        "communication": _language(pid),
        "maritalStatus": concept(pid.value(16), tables.MARITAL, f"{tables.V2}0002"),
        "multipleBirth[x]": _multiple(pid),
        "deceased[x]": _deceased(pid, scribe),
        **_extensions(pid),
    }
    nulls = _nulls(pid)
    return {key: None if key in nulls else value for key, value in said.items() if value or key in nulls}


_FIELDS: Final = {
    5: "name", 7: "birthDate[x]", 8: "gender", 11: "address", 13: "telecom", 15: "communication", 16: "maritalStatus",
    25: "multipleBirth[x]", 29: "deceased[x]",
}  # fmt: skip


def _nulls(pid: Segment) -> set[str]:
    return {key for number, key in pid.among(_FIELDS) if pid.is_null(number)}


def _birth(pid: Segment, scribe: Scribe) -> Resource:
    moment = checked_date(pid, 7, scribe)
    if moment is None:
        return {}
    if not moment.has_time:
        return {"birthDate": moment.date}
    time = {"url": f"{_EXTENSION}patient-birthTime", "valueDateTime": moment.fhir}
    return {"birthDate": moment.date, "_birthDate": {"extension": [time]}}


def _multiple(pid: Segment) -> Resource:
    order = pid.text(25)
    if order.isdecimal() and 0 < int(order) < 100:
        return {"multipleBirthInteger": int(order)}
    said = yes_or_no(pid.text(24))
    return {} if said is None else {"multipleBirthBoolean": said}


def _deceased(pid: Segment, scribe: Scribe) -> Resource:
    moment = checked_date(pid, 29, scribe)
    if moment:
        return {"deceasedDateTime": moment.fhir}
    said = yes_or_no(pid.text(30))
    return {} if said is None else {"deceasedBoolean": said}


def _language(pid: Segment) -> list[Resource]:
    language = concept(pid.value(15), usual="urn:ietf:bcp:47")
    return [{"language": language, "preferred": True}] if language else []


def _extensions(pid: Segment) -> dict[str, Any]:
    """What R4 and US Core have an extension for."""
    found = {
        f"{_EXTENSION}patient-mothersMaidenName": {"valueString": pid.text(6)} if pid.text(6) else {},
        f"{_EXTENSION}patient-religion": filled(valueCodeableConcept=concept(pid.value(17), usual=f"{tables.V2}0006")),
        f"{_EXTENSION}patient-birthPlace": {"valueAddress": {"text": pid.text(23)}} if pid.text(23) else {},
        f"{_US_CORE}us-core-race": _race(pid, 10),
        f"{_US_CORE}us-core-ethnicity": _race(pid, 22),
    }
    said: dict[str, Any] = {f"extension {url}": [{"url": url, **value}] for url, value in found.items() if value}
    for number, kind in ((26, "citizenship"), (28, "nationality")):
        url = f"{_EXTENSION}patient-{kind}"
        codes = each(concept, pid.values(number))
        if codes:
            said[f"extension {url}"] = [
                {"url": url, "extension": [{"url": "code", "valueCodeableConcept": code}]} for code in codes
            ]
    return said


def _race(pid: Segment, number: int) -> Resource:
    """Codes of the CDC stand in the extension as such, others by their words."""
    parts: list[Resource] = []
    words: list[str] = []
    for value in pid.values(number):
        code, words_of_it = value.text(1), value.text(2)
        if len(code) == 6 and code[4] == "-":
            parts.append({"url": "ombCategory", "valueCoding": filled(system=_OMB, code=code, display=words_of_it)})
        words.append(words_of_it or code)
    return {"extension": [*parts, {"url": "text", "valueString": ", ".join(words)}]} if words else {}


def _primary_care(pd1: Segment | None, scribe: Scribe) -> dict[str, Any]:
    if pd1 is None:
        return {}
    clinics = [clinic for value in pd1.values(3) if (clinic := organization(value, scribe))]
    listed = [*clinics, *people(pd1, 4, scribe)]
    found: dict[str, Any] = {"generalPractitioner": listed} if listed else {}
    if worship := pd1.text(14):
        url = f"{_EXTENSION}patient-congregation"
        found[f"extension {url}"] = [{"url": url, "valueString": worship}]
    return found
