"""SIU: one Appointment for each placer's or filler's number (SCH-1, SCH-2), proposed to scheduling, which owns it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, Final

from services.intake.hl7v2.message import Group
from services.intake.hl7v2.moment import Moment
from services.intake.hl7v2.position import REQUIRED_FIELD_MISSING, Unmappable
from services.intake.hl7v2.segment import Segment
from shared.fhir import text
from shared.fhir.element import reference_to
from shared.fhir.issue import Resource

from . import tables
from .codes import checked_date
from .datatypes import concept, each, entity_identifier, filled
from .devices import device
from .locations import location
from .patients import patient
from .practitioners import people, practitioner
from .proposals import propose
from .scribe import Scribe, derived

NUMBER: Final = "hl7v2 appointment"
"""The kind of record: the id is a number's system and value, `id` the Appointment's that it stands for."""

STATUS: Final[Mapping[str, str]] = {
    "S12": "booked", "S13": "booked", "S14": "booked", "S15": "cancelled", "S16": "cancelled", "S17": "entered-in-error",
    "S26": "noshow",
}  # fmt: skip

_TIMELESS: Final = frozenset({"cancelled", "waitlist"})
"""Appointments that need no time: http://hl7.org/fhir/R4/appointment.html#invs (app-3)"""


def appointment(scribe: Scribe) -> None:
    """Do what an SIU message says. Raises Unmappable without a number, a patient or resource, or the time where it needs one."""
    message = scribe.message
    sch = scribe.only(message, "SCH")
    numbers = _numbers(sch, scribe)
    if not numbers:
        raise Unmappable("the appointment has no number", sch.position(2), REQUIRED_FIELD_MISSING)
    status = _status(sch, scribe)
    start, end = _times(sch, scribe)
    if not start and status not in _TIMELESS:
        raise Unmappable(f"an appointment that is {status} needs a start (TQ1-7)", sch.position(11), REQUIRED_FIELD_MISSING)
    participants = [*_patients(scribe), *_resources(scribe)]
    if not participants:
        raise Unmappable("nobody takes part in the appointment", sch.position(), REQUIRED_FIELD_MISSING)
    said: dict[str, Any] = {
        "identifier": numbers,
        "status": status,
        "start[x]": {"start": _instant(start), "end": _instant(end)} if start and end else {},
        "participant": participants,
        "minutesDuration": _minutes(sch, 9, 10),
        "serviceType": each(concept, (value for ais in message.all("AIS") for value in ais.values(3))),
        "comment": _comment(scribe),
        "supportingInformation": [who for number in (12, 16, 20) for who in people(sch, number, scribe) if "reference" in who],
        "reasonCode": each(lambda value: concept(value, usual=f"{tables.V2}0276"), sch.values(7)),
        "appointmentType": concept(sch.value(8), usual=f"{tables.V2}0277"),
    }
    kept = {name: value for name, value in said.items() if value}
    # Only of what does not take place (app-4); said with every status, so that the two are of the same news.
    kept["cancelationReason"] = concept(sch.value(6)) or None if status in ("cancelled", "noshow") else None
    propose("Appointment", _id(numbers, scribe), kept, scribe)


def _numbers(sch: Segment, scribe: Scribe) -> list[Resource]:
    """The filler's first: who keeps the calendar has given it out."""
    message = scribe.message
    found = (entity_identifier(sch.value(number), message, type, scribe.authority) for number, type in ((2, "FILL"), (1, "PLAC")))
    return [number for number in found if number]


def _id(numbers: list[Resource], scribe: Scribe) -> str:
    """Whichever number a message has, it finds the same one."""
    keys = [f"{each_.get('system', '')}|{each_['type']['coding'][0]['code']}|{each_['value']}" for each_ in numbers]
    records = [scribe.tx.recorded(NUMBER, key) for key in keys]
    known = next((str(record.body["id"]) for record in records if record), "")
    id = known or derived("Appointment", *keys[0].rsplit("|", 1))
    for key, record in zip(keys, records, strict=True):
        if record is None:
            scribe.tx.record(NUMBER, key, "", {}, {"id": id})
    return id


def _status(sch: Segment, scribe: Scribe) -> str:
    """The event's; of one that is booked, SCH-25 may say how far it is."""
    status = STATUS[scribe.event]
    return tables.APPOINTMENT_STATUS.get(sch.text(25).upper(), status) if status == "booked" else status


def _times(sch: Segment, scribe: Scribe) -> tuple[Moment | None, Moment | None]:
    """TQ1-7 and 8, else SCH-11.4 and 5, else the earliest start of a resource; an end that isn't said follows from the
    duration."""
    tq1 = scribe.message.first("TQ1")
    start = (checked_date(tq1, 7, scribe) if tq1 else None) or checked_date(sch, 11, scribe, 4)
    end = (checked_date(tq1, 8, scribe) if tq1 else None) or checked_date(sch, 11, scribe, 5)
    if start is None:
        starts = [found for each_ in scribe.message.all("AIS", "AIP", "AIL", "AIG") if (found := _own_start(each_, scribe))]
        start = min(starts, key=lambda found: found.instant, default=None)
    minutes = _minutes(sch, 9, 10) or _minutes_of_service(scribe)
    if start and (end is None or end.instant <= start.instant) and minutes:
        later = start.instant + timedelta(minutes=minutes)
        end = Moment(later, text.instant(later))
    if start and end is None:
        raise Unmappable("when the appointment ends is not said, nor how long it takes", sch.position(9), REQUIRED_FIELD_MISSING)
    return start, end


def _own_start(resource: Segment, scribe: Scribe) -> Moment | None:
    return checked_date(resource, {"AIS": 4, "AIG": 8}.get(resource.name, 6), scribe)


def _minutes_of_service(scribe: Scribe) -> int:
    return max((_minutes(ais, 7, 8) for ais in scribe.message.all("AIS")), default=0)


def _minutes(segment: Segment, number: int, unit: int) -> int:
    said, factor = segment.text(number), tables.MINUTES_OF.get(segment.text(unit).upper(), 0)
    return int(said) * factor if said.isdecimal() and len(said) < 6 else 0


def _instant(moment: Moment) -> str:
    return moment.as_date_time


def _patients(scribe: Scribe) -> Iterator[Resource]:
    for group in scribe.message.groups("PID"):
        who = patient(group.until("RGS"), scribe)
        yield {"actor": reference_to(f"Patient/{who}"), "status": "accepted"}


def _resources(scribe: Scribe) -> Iterator[Resource]:
    """The people, places and devices; each once."""
    seen: list[Resource] = []
    for segment in scribe.message.all("AIP", "AIL", "AIG"):
        participant = _participant(segment, scribe)
        if participant and participant not in seen:
            seen.append(participant)
            yield participant


_FILLER_STATUS: Final[Mapping[str, int]] = {"AIP": 12, "AIL": 12, "AIG": 14}


def _participant(segment: Segment, scribe: Scribe) -> Resource:
    actor = _actor(segment, scribe)
    if not actor:
        return {}
    status = tables.PARTICIPANT_STATUS.get(segment.text(_FILLER_STATUS[segment.name]).upper(), "accepted")
    role = concept(segment.value(4))
    return filled(type=[role] if role else [], actor=actor, status=status)


def _actor(segment: Segment, scribe: Scribe) -> Resource:
    if segment.name == "AIP":
        return practitioner(segment.value(3), scribe)
    if segment.name == "AIG":
        return device(segment.value(3), scribe)
    place = location(segment.value(3), scribe)
    return reference_to(place) if place else {}


def _comment(scribe: Scribe) -> str:
    """What the notes before the first patient or resource say."""
    notes = Group(scribe.message.segments).until("PID", "RGS").all("NTE")
    return "\n".join(note.text(3) for note in notes if note.text(3))
