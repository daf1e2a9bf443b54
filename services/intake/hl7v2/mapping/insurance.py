"""IN1 and IN2: the insurers, in order. Each insurer is an Organization here; the Coverage is proposed to its owner."""

from __future__ import annotations

from typing import Any, Final

from services.intake.hl7v2.message import Group
from services.intake.hl7v2.segment import Segment
from shared.fhir.element import reference_to
from shared.fhir.issue import Resource
from shared.kernel.ids import id_from

from . import tables
from .codes import checked_date
from .datatypes import address, concept, contact, each, filled, system_of
from .organizations import by_number
from .proposals import propose
from .related import insured
from .scribe import Scribe

_CLASS: Final = "http://terminology.hl7.org/CodeSystem/coverage-class"
_RELATIONSHIP: Final = "http://terminology.hl7.org/CodeSystem/subscriber-relationship"


def coverages(group: Group, patient: str, scribe: Scribe) -> None:
    """Propose a Coverage for each IN1, with the IN2 that follows it."""
    for order, each_ in enumerate(group.groups("IN1"), start=1):
        in1 = each_.segments[0]
        _coverage(in1, each_.until("PID").first("IN2"), order, patient, scribe)


def _coverage(in1: Segment, in2: Segment | None, order: int, patient: str, scribe: Scribe) -> None:
    payor = _insurer(in1, scribe)
    if not payor:
        scribe.made.warn(in1.position(3), "no insurer is named, so there is no Coverage")
        return
    member = in1.text(49) or (in2.text(61) if in2 else "") or in1.text(36)
    plan = in1.text(2) or in1.text(35)
    id = id_from("Coverage", patient, payor["reference"], member or plan)
    start, end = checked_date(in1, 12, scribe), checked_date(in1, 13, scribe)
    said: dict[str, Any] = {
        "status": "active",
        "identifier": _identifiers(in1, scribe),
        "type": concept(in1.value(15), usual=f"{tables.V2}0086"),
        "policyHolder": _policy_holder(in1, scribe),
        "subscriber": _subscriber(in1, patient, scribe),
        "subscriberId": member,
        "beneficiary": reference_to(f"Patient/{patient}"),
        "relationship": _relationship(in1),
        "period": filled(start=start and start.fhir, end=end and end.fhir),
        "payor": [payor],
        "class": _classes(in1),
        "order": _order(in1, order),
    }
    if start and end and end.instant < start.instant:
        scribe.made.warn(in1.position(13), "the plan expires before it begins; its period is left out")
        del said["period"]
    propose("Coverage", id, {name: value for name, value in said.items() if value}, scribe)


def _insurer(in1: Segment, scribe: Scribe) -> Resource:
    """By its number (IN1-3, with who gave it out), else by its name (IN1-4)."""
    number = in1.value(3)
    system = system_of(number.component(4), scribe.message) or scribe.authority
    message = scribe.message
    return by_number(
        number.text(1),
        system,
        in1.text(4),
        scribe,
        address=each(lambda value: address(value, message), in1.values(5)),
        telecom=each(lambda value: contact(value, message, "work"), in1.values(7)),
        type=[{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/organization-type", "code": "ins"}]}],
    )


def _identifiers(in1: Segment, scribe: Scribe) -> list[Resource]:
    """The policy's number."""
    number = in1.text(36)
    return [{"system": scribe.authority, "value": number}] if number else []


def _policy_holder(in1: Segment, scribe: Scribe) -> Resource:
    """The employer or group whose policy it is, where it has a name."""
    if not in1.text(11):
        return {}
    number = in1.value(10)
    system = system_of(number.component(4), scribe.message) or scribe.authority
    return by_number(number.text(1), system, in1.text(11), scribe)


def _subscriber(in1: Segment, patient: str, scribe: Scribe) -> Resource:
    if _relationship_code(in1) == "self":
        return reference_to(f"Patient/{patient}")
    return insured(in1, patient, scribe)


def _relationship_code(in1: Segment) -> str:
    said = in1.text(17).upper()
    return tables.SUBSCRIBER_RELATIONSHIP.get(said, "other") if said else ""


def _relationship(in1: Segment) -> Resource:
    code = _relationship_code(in1)
    return {"coding": [{"system": _RELATIONSHIP, "code": code}]} if code else {}


def _classes(in1: Segment) -> list[Resource]:
    """The group (IN1-8, 9) and the plan (IN1-2, else 35)."""
    found = [
        _class("group", in1.text(8), in1.text(9)),
        _class("plan", in1.text(2) or in1.text(35), in1.text(2, 2) or in1.text(35, 2)),
    ]
    return [each_ for each_ in found if each_]


def _class(type: str, value: str, name: str) -> Resource:
    return filled(type={"coding": [{"system": _CLASS, "code": type}]}, value=value, name=name) if value else {}


def _order(in1: Segment, place: int) -> int:
    said = in1.text(22) if in1.text(22).isdecimal() else in1.text(1)
    return int(said) if said.isdecimal() and 0 < int(said) < 100 else place
