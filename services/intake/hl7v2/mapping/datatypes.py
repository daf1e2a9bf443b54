"""Data types of HL7 v2 as elements of FHIR: CWE, CX, EI, HD, XPN, XCN, XAD, XTN, XON, DR."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final
from urllib.parse import quote

from services.intake.hl7v2.message import Message
from services.intake.hl7v2.remembering import remembered
from services.intake.hl7v2.segment import Value
from shared.fhir.issue import Resource

from . import tables
from .tables import Coded

_OID: Final = re.compile(r"[0-2](\.(0|[1-9]\d*))+")
_UUID: Final = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_TYPE_CODE: Final = re.compile(r"[A-Z][A-Z0-9]{0,5}")
_TYPES: Final = f"{tables.V2}0203"
_TABLE: Final = re.compile(r"HL7(\d{4})")
_BLANKS: Final = re.compile(r"\s+")
_AUTHORITY: Final = "urn:careloom:authority:"
_CODES: Final = "urn:careloom:codes:"


def filled(**elements: Any) -> Resource:
    """Those elements that say something."""
    return {name: value for name, value in elements.items() if value or value == 0}


def each(make: Callable[[Value], Resource], values: Iterable[Value]) -> list[Resource]:
    return [made for value in values if (made := make(value))]


def coding(said: Coded) -> Resource:
    return {"system": said[0], "code": said[1]}


def codings(value: Value, table: Mapping[str, Coded] | None = None, usual: str = "") -> list[Resource]:
    """The code and its alternate. `table` says what a code is in FHIR, `usual` the system of one that names none."""
    found = []
    for first, version in ((1, 7), (4, 8)):
        code = value.text(first)
        if not code:
            continue
        display, system = value.text(first + 1), value.text(first + 2)
        known = (table or {}).get(code)
        if known:
            found.append(coding(known))
        else:
            uri = system_of_codes(system) or usual
            code = _BLANKS.sub(" ", code)
            found.append(filled(system=uri, version=value.text(version), code=code, display=display))
    return found


def concept(value: Value, table: Mapping[str, Coded] | None = None, usual: str = "") -> Resource:
    """CWE → CodeableConcept; {} where nothing is said."""
    if not value.raw:
        return {}
    return filled(coding=codings(value, table, usual), text=value.text(9) or ("" if value.text(1) else value.text(2)))


@remembered
def system_of_codes(name: str) -> str:
    if not name:
        return ""
    if table := _TABLE.fullmatch(name):
        return f"{tables.V2}{table[1]}"
    return tables.CODE_SYSTEMS.get(name.upper()) or f"{_CODES}{quote(name)}"


def system_of(authority: Value, message: Message) -> str:
    """HD → the system of identifiers that it gives out; "" where none is named.

    What the site has configured, what everybody knows, what is unique in the world, else a name of our own for its name.
    """
    name, universal, type = authority.text(1), authority.text(2), authority.text(3)
    for said in (name, universal):
        if known := message.authorities.get(said) or tables.AUTHORITIES.get(said):
            return known
    return _system(name, universal, type) if name or universal else ""


@remembered
def _system(name: str, universal: str, type: str) -> str:
    if type == "ISO" and _OID.fullmatch(universal):
        return f"urn:oid:{universal}"
    if type in ("UUID", "GUID") and _UUID.fullmatch(universal):
        return f"urn:uuid:{universal.lower()}"
    if type == "URI" and ":" in universal:
        return quote(universal, safe=":/?#[]@!$&'()*+,;=%")
    return f"{_AUTHORITY}{quote(name or universal)}"


def identifier(value: Value, message: Message, usual: str = "") -> Resource:
    """CX → Identifier; {} without a number. The facility that assigned it stands in for an authority, then `usual`."""
    number = value.text(1)
    if not number:
        return {}
    authority = value.component(4)
    if not authority:
        authority = value.component(6)
    type = value.text(5)
    return filled(
        type=identifier_type(type),
        system=system_of(authority, message) or usual,
        value=number,
        period=period(value.text(7), value.text(8), message),
        assigner=filled(display=authority.text(1)),
    )


def identifier_type(code: str) -> Resource:
    if not code:
        return {}
    return {"coding": [{"system": _TYPES, "code": code}]} if _is_type(code) else {"text": code}


@remembered
def _is_type(code: str) -> bool:
    return _TYPE_CODE.fullmatch(code) is not None


def type_of(identifier: Resource) -> str:
    """The code of its type, "" for an own one."""
    return next((str(coding["code"]) for coding in identifier.get("type", {}).get("coding", ())), "")


def entity_identifier(value: Value, message: Message, type: str = "", usual: str = "") -> Resource:
    """EI → Identifier: id, namespace, universal id, its type."""
    if not value.text(1):
        return {}
    name, universal, kind = (value.text(place) for place in (2, 3, 4))
    marks = value.separators
    authority = Value(marks.component.join((name, universal, kind)), marks, value.position)
    return filled(type=identifier_type(type), system=system_of(authority, message) or usual, value=value.text(1))


def name(value: Value, message: Message) -> Resource:
    """XPN → HumanName."""
    return _name(value, message, family=1, use=7, start=12, end=13, professional=14, valid=10)


def person_name(value: Value, message: Message) -> Resource:
    """XCN → HumanName; it has an id before it."""
    return _name(value, message, family=2, use=10, start=19, end=20, professional=21, valid=17)


def _name(value: Value, message: Message, **at: int) -> Resource:
    family = at["family"]
    given, second, suffix, prefix, degree = (value.text(family + place) for place in range(1, 6))
    found = filled(
        family=value.text(family),
        given=[part for part in (given, second) if part],
        suffix=[part for part in (suffix, degree, value.text(at["professional"])) if part],
        prefix=[prefix] if prefix else [],
    )
    if not found:
        return {}
    valid = value.component(at["valid"])
    start, end = (value.text(at[which]) or valid.text(place) for which, place in (("start", 1), ("end", 2)))
    return found | filled(use=tables.NAME_USE.get(value.text(at["use"])), period=period(start, end, message))


def address(value: Value, message: Message) -> Resource:
    """XAD → Address."""
    type, valid = value.text(7), value.component(12)
    start, end = value.text(13) or valid.text(1), value.text(14) or valid.text(2)
    lines = [*value.texts(1)[:3], value.text(2), value.text(19)]
    found = filled(
        line=[line for line in lines if line],
        city=value.text(3),
        district=value.text(9) or value.text(9, 2),
        state=value.text(4),
        postalCode=value.text(5),
        country=value.text(6),
    )
    about = filled(
        use=tables.ADDRESS_USE.get(type),
        type=tables.ADDRESS_TYPE.get(type),
        period=period(start, end, message),
    )
    return about | found if found else {}


def contact(value: Value, message: Message, use: str = "") -> Resource:
    """XTN → ContactPoint; `use` where the message names none."""
    kind = value.text(3)
    system = tables.CONTACT_SYSTEM.get(kind.upper()) or ("email" if value.text(4) and not value.text(1) else "phone")
    number = (value.text(4) or value.text(1)) if system == "email" else _number(value)
    if not number:
        return {}
    rank = value.text(18)
    return filled(
        system=system,
        value=number,
        use="mobile" if kind == "CP" and not value.text(2) else tables.CONTACT_USE.get(value.text(2)) or use,
        rank=int(rank) if rank.isdecimal() and 0 < int(rank) < 1000 else None,
        period=period(value.text(13), value.text(14), message),
    )


def _number(value: Value) -> str:
    """As it is written (component 12), else put together from its parts, else as before 2.7 (component 1)."""
    if value.text(12):
        return value.text(12)
    country, area, local, extension = (value.text(place) for place in (5, 6, 7, 8))
    if not local:
        return value.text(1) or value.text(4)
    parts = (f"+{country}" if country else "", area, local, f"X{extension}" if extension else "")
    return " ".join(part for part in parts if part)


def date_time(said: str, message: Message) -> str | None:
    found = message.moment(said)
    return found.fhir if found else None


def period(start: str, end: str, message: Message) -> Resource:
    """What two times say together; an end before its start is left out."""
    if not (start or end):
        return {}
    first, last = message.moment(start), message.moment(end)
    if first and last and last.instant < first.instant:
        last = None
    return filled(start=first.fhir if first else None, end=last.fhir if last else None)
