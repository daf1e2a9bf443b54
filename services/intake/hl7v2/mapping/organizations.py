"""XON, and what else names an organization: a clinic, an insurer, a hospital."""

from __future__ import annotations

from typing import Any

from services.intake.hl7v2.segment import Value
from shared.fhir.element import reference_to
from shared.fhir.issue import Resource

from .datatypes import filled, system_of
from .scribe import Scribe, derived


def organization(value: Value, scribe: Scribe) -> Resource:
    """A reference to the organization of an XON; {} where nothing is said. The id is in component 10, else 3."""
    authority = value.component(6)
    system = system_of(authority, scribe.message) or scribe.authority
    return by_number(value.text(10) or value.text(3), system, value.text(1), scribe)


def by_number(number: str, system: str, name: str, scribe: Scribe, **more: Any) -> Resource:
    """A reference to the organization with this number, or of this name where there is none; made if it is new."""
    if not (number or name):
        return {}
    key = (system, number) if number else (f"{system}#name", name.casefold())
    id = scribe.known("Organization", *key) if number else derived("Organization", *key)
    if not id or scribe.current("Organization", id) is None:
        id = derived("Organization", *key)
        identifier = [filled(system=system, value=number)] if number else []
        scribe.put(filled(resourceType="Organization", id=id, identifier=identifier, name=name or number, **more))
    return filled(display=name) | reference_to(f"Organization/{id}")
