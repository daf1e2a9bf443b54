"""PL: a bed in a room of a ward on a floor of a building of a facility, each a Location that is part of the next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from services.intake.hl7v2.remembering import remembered
from services.intake.hl7v2.segment import Separators, Value
from shared.fhir.element import concept, reference_to
from shared.kernel.ids import id_from

from . import tables
from .datatypes import filled, system_of
from .scribe import Scribe

_LEVELS: Final = ((4, "si"), (7, "bu"), (8, "lvl"), (1, "wa"), (2, "ro"), (3, "bd"))
"""Components of PL from the outside to the inside, and what they are physically."""


def location(value: Value, scribe: Scribe) -> str:
    """`Location/id` of the innermost place that is named; "" where none is. What is not known yet is made."""
    names = _names(value.raw, value.separators)
    if not names:
        return ""
    # What is inside was made together with all around it.
    id = _id(names, scribe)
    if scribe.current("Location", id) is None:
        for depth, (name, type, inner) in enumerate(_path(value), start=1):
            _make(names[:depth], name, type, inner, scribe)
        _describe(id, value, scribe)
    return f"Location/{id}"


def destination(value: Value, scribe: Scribe) -> str:
    """DLD: where somebody is discharged to."""
    code = value.text(1) or value.text(1, 2)
    if not code:
        return ""
    system = system_of(value.component(1), scribe.message)
    id = id_from("Location", "destination", system or scribe.authority, code)
    if scribe.current("Location", id) is None:
        name = value.text(1, 2) or code
        scribe.put({"resourceType": "Location", "id": id, "name": name, "identifier": [{"value": code}]})
    return f"Location/{id}"


@remembered
def _names(raw: str, separators: Separators) -> tuple[str, ...]:
    """Of all places that are named, with what they are, from the outside to the inside."""
    return tuple(f"{type} {name}" for name, type, _ in _path(Value(raw, separators, _ANYWHERE)))


_ANYWHERE: Final = ("", 0, 0, 0)


def _path(value: Value) -> Iterator[tuple[str, str, Value]]:
    for component, type in _LEVELS:
        inner = value.component(component)
        if name := inner.text(1) or inner.text(2):
            yield name, type, inner


def _id(names: Sequence[str], scribe: Scribe) -> str:
    return id_from("Location", scribe.authority, *names)


def _make(names: Sequence[str], name: str, type: str, value: Value, scribe: Scribe) -> None:
    id = _id(names, scribe)
    if scribe.current("Location", id) is not None:
        return
    universal = system_of(value, scribe.message) if value.text(2) else ""
    outer = reference_to(f"Location/{_id(names[:-1], scribe)}") if len(names) > 1 else None
    scribe.put(
        filled(
            resourceType="Location",
            id=id,
            identifier=[{"system": "urn:ietf:rfc:3986", "value": universal}] if universal.startswith("urn:oid:") else [],
            status="active",
            name=name,
            mode="instance",
            physicalType=concept(tables.PHYSICAL_TYPE, type),
            partOf=outer,
        )
    )


def _describe(id: str, value: Value, scribe: Scribe) -> None:
    if (description := value.text(9)) and (now := scribe.read("Location", id)):
        scribe.put(now | {"description": description})
