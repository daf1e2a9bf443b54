"""What the hospital tells of the patient: ADT messages for the admission, the discharge and the emergency visit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

Resource = dict[str, Any]

HOSPITAL = "MERCY&2.16.840.1.113883.19.5&ISO"
NUMBER_SYSTEM = "urn:oid:2.16.840.1.113883.19.5"
NUMBER = "MRN-20260511"
"""The patient's, in the hospital (PID-3)."""

STAY, EMERGENCY = "V-20260511", "V-20260615"
"""Visit numbers (PV1-19)."""

INJURIES = (
    ("127295002", "Traumatic brain injury"),
    ("65966004", "Fracture of forearm"),
    ("71620000", "Fracture of femur"),
)


@dataclass(frozen=True, slots=True)
class Insurer:
    """`number` is the insurer's own (IN1-3), `plan` its plan's number and name (IN1-2), `member` the patient's number there."""

    number: str
    name: str
    plan: tuple[str, str]
    member: str


INSURERS = (
    Insurer("NORTHSTAR", "Northstar Health", ("NS-CHOICE", "Northstar Choice"), "NS-4410-77"),
    Insurer("EVERGREEN", "Evergreen Mutual", ("EM-BASIC", "Evergreen Basic"), "EM-90210"),
)
"""In the order in which they pay."""


@dataclass(frozen=True, slots=True)
class Person:
    """As PID says it."""

    family: str
    given: str
    born: str


RIVER = Person("Lindqvist", "River", "19940903")


def admission(person: Person, at: datetime) -> bytes:
    """A01: the stay, three injuries, two insurers."""
    injuries = [f"DG1|{n}||{code}^{title}^SCT|||A" for n, (code, title) in enumerate(INJURIES, 1)]
    insurers = [_insurance(place, insurer) for place, insurer in enumerate(INSURERS, 1)]
    return _message("A01", person, at, _visit("I", STAY, at, "4E^12^A^MERCY"), *injuries, *insurers)


def discharge(person: Person, admitted: datetime, at: datetime) -> bytes:
    """A03."""
    return _message("A03", person, at, _visit("I", STAY, admitted, "4E^12^A^MERCY", at))


def emergency(person: Person, at: datetime) -> bytes:
    """A04 of class E."""
    return _message("A04", person, at, _visit("E", EMERGENCY, at, "ED^3^^MERCY"), "PV2|||^Dizziness and severe headache")


def _message(event: str, person: Person, at: datetime, *segments: str) -> bytes:
    lines = (
        f"MSH|^~\\&|ADT|{HOSPITAL}|INTAKE|HARBOR|{_time(at)}||ADT^{event}|{event}-{at:%m%d%H%M}|P|2.5.1",
        f"EVN|{event}|{_time(at)}",
        f"PID|1||{NUMBER}^^^{HOSPITAL}^MR||{person.family}^{person.given}||{person.born}",
        *segments,
    )
    return "".join(f"{line}\r" for line in lines).encode()


def _visit(kind: str, number: str, began: datetime, place: str, ended: datetime | None = None) -> str:
    times = f"{_time(began)}|{_time(ended) if ended else ''}"
    return f"PV1|1|{kind}|{place}" + "|" * 16 + f"{number}^^^{HOSPITAL}^VN" + "|" * 25 + times


def _insurance(place: int, insurer: Insurer) -> str:
    """The patient is the subscriber, for the whole year."""
    said = {1: str(place), 2: "^".join(insurer.plan), 3: f"{insurer.number}^^^{HOSPITAL}", 4: insurer.name}
    said |= {12: "20260101", 13: "20261231", 17: "SEL^Self^HL70063", 36: insurer.member}
    return "|".join(["IN1", *(said.get(number, "") for number in range(1, 37))])


def _time(at: datetime) -> str:
    return f"{at:%Y%m%d%H%M%S%z}"
