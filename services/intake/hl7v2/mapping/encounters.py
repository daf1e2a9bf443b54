"""PV1 and PV2: one visit number is one Encounter, whose state is what its events make of it (visits.py)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from services.intake.hl7v2.message import Group
from services.intake.hl7v2.moment import Moment
from services.intake.hl7v2.position import Position, Unmappable
from services.intake.hl7v2.segment import Segment
from shared.fhir.element import reference_to, target_of
from shared.fhir.issue import Resource
from shared.store.instant import micros

from . import tables, visits
from .codes import checked_date
from .datatypes import codings, concept, each, identifier, identifier_type
from .diagnoses import diagnoses
from .locations import destination, location
from .news import Said, Stamps, told, with_identifiers
from .organizations import by_number
from .patients import surviving
from .practitioners import people
from .repeats import Heard, Told, heard, words
from .scribe import VISIT, Scribe, derived

DUPLICATE_KEY: Final = "205"

_EXTENSION: Final = "http://hl7.org/fhir/StructureDefinition/"
_IN_R5: Final = "http://hl7.org/fhir/5.0/StructureDefinition/extension-Encounter."
_ROLES: Final[Mapping[int, tuple[str, str]]] = {
    7: ("ATND", "attender"), 8: ("REF", "referrer"), 9: ("CON", "consultant"), 17: ("ADM", "admitter"),
    52: ("PART", "Participation"),
}  # fmt: skip
_CONCEPTS: Final[Mapping[int, tuple[str, str]]] = {
    10: ("serviceType", "0069"), 13: ("hospitalization.reAdmission", "0092"), 14: ("hospitalization.admitSource", "0023"),
    36: ("hospitalization.dischargeDisposition", "0112"),
}  # fmt: skip
_LISTS: Final[Mapping[int, tuple[str, str]]] = {
    4: ("type", "0007"), 15: ("hospitalization.specialArrangement", "0009"), 16: ("hospitalization.specialCourtesy", "0099"),
    38: ("hospitalization.dietPreference", "0114"),
}  # fmt: skip
_CLEARABLE: Final[Mapping[int, str]] = {
    **{number: name for number, (name, _) in {**_CONCEPTS, **_LISTS}.items()},
    **{number: f"participant {code}" for number, (code, _) in _ROLES.items()},
}
_PLACES: Final[Mapping[int, str]] = {3: "place", 6: "prior", 11: "temporary", 43: "prior_temporary"}


def encounter(group: Group, patient: str, scribe: Scribe) -> str:
    """Store what PV1, PV2 and DG1 of the group say; the id of the Encounter, "" where there is none to tell of.

    Raises Unmappable for a visit that is another patient's.
    """
    pv1 = group.first("PV1")
    numbers = numbers_of(group, pv1, scribe) if pv1 else []
    if pv1 is None or not numbers:
        if pv1:
            scribe.made.warn(pv1.position(19), "there is no visit number, so there is no Encounter")
        diagnoses(group, patient, "", scribe)
        return ""
    id = find(numbers[0], scribe)
    stay, listed = _stay(id, group, pv1, scribe), _diagnoses(id, group, patient, scribe)
    event = _event(patient, scribe, **stay.more)
    tell(id, numbers, event, {**stay.said, **listed.said}, scribe, again=[*stay.again, *listed.again])
    parts = {"stay": _as_it_is_now(stay.told, id, scribe), "diagnoses": _as_it_is_now(listed.told, id, scribe)}
    scribe.keep(VISIT, id, {**scribe.kept(VISIT, id), "told": parts})
    return id


def _stay(id: str, group: Group, pv1: Segment, scribe: Scribe) -> Heard:
    """PV1, PV2 and the account: what they say of the visit, and mean for the event."""
    kept, pid = scribe.kept(VISIT, id), group.first("PID")
    written = words(scribe, [pv1, *group.all("PV2")], pid.raw(18) if pid else "", scribe.event == "A25")

    def make() -> tuple[Said, Resource]:
        return said_of(group, pv1, scribe), _of_event(group, pv1, scribe)

    return heard(kept.get("told", {}).get("stay"), written, kept.get("stamps", {}), scribe, make)


def _diagnoses(id: str, group: Group, patient: str, scribe: Scribe) -> Heard:
    kept = scribe.kept(VISIT, id)

    def make() -> tuple[Said, Resource]:
        found = diagnoses(group, patient, id, scribe)
        return {"diagnosis": found} if found else {}, {}

    written = words(scribe, group.all("DG1"), patient)
    return heard(kept.get("told", {}).get("diagnoses"), written, kept.get("stamps", {}), scribe, make)


def _as_it_is_now(told: Told | None, id: str, scribe: Scribe) -> Told | None:
    """What is kept of a part, now that the visit is brought up to date; None where newer news stood against it."""
    stamps = scribe.kept(VISIT, id)["stamps"]
    if told is None or any(stamps[name] != scribe.when for name in told["names"]):
        return None
    return {**told, "seen": {**told["seen"], f"Encounter/{id}": scribe.number("Encounter", id)}}


def said_of(group: Group, pv1: Segment, scribe: Scribe) -> dict[str, Any]:
    """What else than its events the group says of the visit."""
    return _said(pv1, scribe) | _said_in_pv2(group, pv1, scribe) | _account(group, scribe)


def numbers_of(group: Group, pv1: Segment, scribe: Scribe) -> list[Resource]:
    """Identifiers of the visit: its number (or that of the account, where a sender has only that), then alternate ones."""
    message = scribe.message
    number = scribe.identifier(pv1, 19)
    pid = group.first("PID")
    if not number and pid is not None:
        number = scribe.identifier(pid, 18)
    if not number:
        return []
    number = {"type": identifier_type("VN"), **{key: value for key, value in number.items() if key != "type"}}
    return [number, *each(lambda value: identifier(value, message, scribe.authority), pv1.values(50))]


def find(number: Resource, scribe: Scribe) -> str:
    """The id of the Encounter with this visit number, whether it is there yet or not."""
    return scribe.known("Encounter", number.get("system", ""), str(number["value"])) or _made_of(number)


def expected(group: Group, scribe: Scribe) -> str:
    """The id that the group's Encounter has unless somebody else has stored it first; "" where there is none to tell of."""
    pv1 = group.first("PV1")
    numbers = numbers_of(group, pv1, scribe) if pv1 else []
    return _made_of(numbers[0]) if numbers else ""


def _made_of(number: Resource) -> str:
    return derived("Encounter", number.get("system", ""), str(number["value"]))


def tell(id: str, numbers: list[Resource], event: visits.Event, said: Said, scribe: Scribe, again: Iterable[str] = ()) -> None:
    """Bring an Encounter up to date with one more event of its visit. `again`: names of what holds, and is news again."""
    kept, version = scribe.kept(VISIT, id), scribe.current("Encounter", id)
    current = scribe.read("Encounter", id) or {"resourceType": "Encounter", "id": id}
    known: list[visits.Event] = kept.get("events", [])
    stamps: Stamps = {**kept.get("stamps", {}), **dict.fromkeys(again, scribe.when)}
    _is_of_this_patient(event, known, current, scribe)
    events = visits.with_event(known, event | {"n": len(known)})
    found = told(current, said, scribe.when, stamps, micros(version.updated) if version else 0)
    found["identifier"] = with_identifiers(current.get("identifier", []), numbers)
    subject = visits.patient_of(events)
    found["subject"] = reference_to(f"Patient/{subject if subject == event['patient'] else surviving(subject, scribe)}")
    was_stored_first = bool(kept["was_stored_first"]) if kept else version is not None
    folded = visits.elements(visits.visit(events))
    if was_stored_first:
        folded = _of_events(folded, events)
        kept = {name: current[name] for name in _FOLDED if name in current}
        if folded.get("status") == "in-progress" and "start" in kept.get("period", {}):
            kept["period"] = {"start": kept["period"]["start"]}
        folded = kept | folded
    scribe.put({name: value for name, value in found.items() if name not in _FOLDED} | folded, current)
    scribe.keep(VISIT, id, {"events": events, "stamps": stamps, "was_stored_first": was_stored_first})


_FOLDED: Final = ("status", "class", "classHistory", "location", "period")


def _of_events(folded: Resource, events: list[visits.Event]) -> Resource:
    """What the events themselves say: what else an EHR has stored of a visit stays as it is."""
    says_status = any(each_["event"] in visits.EFFECTS for each_ in events)
    says_class = any("class" in each_ for each_ in events)
    left_out = {name for name, said in (("status", says_status), ("class", says_class)) if not said}
    return {name: value for name, value in folded.items() if name not in left_out}


def _is_of_this_patient(event: visits.Event, known: list[visits.Event], current: Resource, scribe: Scribe) -> None:
    """A number that comes back for somebody else makes no one visit of two people's."""
    patient, moves = event["patient"], visits.MOVES_THE_VISIT
    subject = visits.patient_of(known) if known else target_of(current.get("subject")).removeprefix("Patient/")
    if event["event"] == moves or not subject or subject == patient:
        return
    has_been_moved_since = any(each_["event"] == moves and each_["at"] >= event["at"] for each_ in known)
    if not has_been_moved_since and surviving(subject, scribe) != surviving(patient, scribe):
        raise Unmappable(f"this visit is of Patient/{subject}; A45 moves a visit", Position("PV1", 1, 19), DUPLICATE_KEY)


def event_of(group: Group, pv1: Segment, patient: str, scribe: Scribe) -> visits.Event:
    """What the group tells of the visit as one of its events."""
    return _event(patient, scribe, **_of_event(group, pv1, scribe))


def _event(patient: str, scribe: Scribe, **said: Any) -> visits.Event:
    happened = scribe.message.happened
    return {"event": scribe.event, "at": scribe.when, "when": happened.as_date_time, "patient": patient, **said}


def _of_event(group: Group, pv1: Segment, scribe: Scribe) -> Resource:
    event: Resource = {}
    if kind := _class(pv1, scribe):
        event["class"] = kind
    for number, name in pv1.among(_PLACES):
        if place := location(pv1.value(number), scribe):
            event[name] = place
        elif pv1.is_null(number):
            event[name] = ""
    pv2 = group.first("PV2")
    pending = [pv1.value(42), *([pv2.value(1)] if pv2 else [])]
    if any(pending) or pv1.is_null(42):
        event["pending"] = [place for value in pending if (place := location(value, scribe))]
    for number, name in ((44, "start"), (45, "end")):
        if moment := checked_date(pv1, number, scribe):
            event[name] = _time(moment)
    return event


def _time(moment: Moment) -> list[Any]:
    return [moment.fhir, micros(moment.instant)]


def _class(pv1: Segment, scribe: Scribe) -> Resource:
    said = codings(pv1.value(2), tables.CLASS)
    if not said:
        return {}
    if pv1.text(2) not in tables.CLASS:
        scribe.made.warn(pv1.position(2), f"{pv1.text(2)[:50]!r} is no class that is known here; it is kept as it is")
    return said[0]


def _said(pv1: Segment, scribe: Scribe) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for number, (name, table) in pv1.among(_CONCEPTS):
        found[name] = concept(pv1.value(number), usual=f"{tables.V2}{table}")
    for number, (name, table) in pv1.among(_LISTS):
        found[name] = [made for value in pv1.values(number) if (made := concept(value, usual=f"{tables.V2}{table}"))]
    for number, (code, role) in pv1.among(_ROLES):
        found[f"participant {code}"] = [_participant(who, code, role) for who in people(pv1, number, scribe)]
    found["hospitalization.preAdmissionIdentifier"] = identifier(pv1.value(5), scribe.message, scribe.authority)
    if place := destination(pv1.value(37), scribe):
        found["hospitalization.destination"] = reference_to(place)
    if pv1.text(39):
        found["serviceProvider"] = by_number(pv1.text(39), scribe.authority, pv1.text(39, 2), scribe)
    if episode := identifier(pv1.value(54), scribe.message, scribe.authority):
        found["episodeOfCare"] = [{"type": "EpisodeOfCare", "identifier": episode}]
    cleared = {name for number, name in pv1.among(_CLEARABLE) if pv1.is_null(number)}
    return {name: None if name in cleared else value for name, value in found.items() if value or name in cleared}


def _participant(who: Resource, code: str, role: str) -> Resource:
    type = {"coding": [{"system": tables.PARTICIPATION, "code": code}], "text": role}
    return {"type": [type], "individual": who}


def _said_in_pv2(group: Group, pv1: Segment, scribe: Scribe) -> dict[str, Any]:
    undone = {f"extension {_planned('End')}": None} if scribe.event == "A25" else {}
    pv2 = group.first("PV2")
    if pv2 is None:
        return undone
    reasons = [made for value in pv2.values(3) if (made := concept(value))]
    days, arrival = pv2.text(11), codings(pv2.value(38), usual=f"{tables.V2}0430")
    found: dict[str, Any] = {
        "reasonCode": reasons,
        "priority": concept(pv2.value(25), tables.PRIORITY, f"{tables.V2}0217"),
    }
    if referrers := people(pv2, 13, scribe):
        found["participant REF"] = [_participant(who, "REF", "referrer") for who in [*people(pv1, 8, scribe), *referrers]]
    if days.isdecimal() and int(days) < 100_000:
        found["length"] = {"value": int(days), "unit": "d", "system": "http://unitsofmeasure.org", "code": "d"}
    for number, which in ((8, "Start"), (9, "End")):
        if moment := checked_date(pv2, number, scribe):
            found[f"extension {_planned(which)}"] = [{"url": _planned(which), "valueDateTime": moment.fhir}]
    if arrival:
        url = f"{_EXTENSION}encounter-modeOfArrival"
        found[f"extension {url}"] = [{"url": url, "valueCoding": arrival[0]}]
    return {name: value for name, value in found.items() if value} | undone


def _planned(which: str) -> str:
    """`Start` (PV2-8) and `End` (PV2-9), which R4 has no element for."""
    return f"{_IN_R5}planned{which}Date"


def _account(group: Group, scribe: Scribe) -> dict[str, Any]:
    """PID-18. Nobody here owns accounts, so it is known by its number."""
    pid = group.first("PID")
    number = scribe.identifier(pid, 18) if pid else {}
    return {"account": [{"type": "Account", "identifier": number}]} if number else {}
