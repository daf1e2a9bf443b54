"""AIG-3: a piece of equipment that is booked, as a Device."""

from __future__ import annotations

from services.intake.hl7v2.segment import Value
from shared.fhir.element import reference_to
from shared.fhir.issue import Resource

from .datatypes import filled, system_of_codes
from .scribe import Scribe, derived


def device(value: Value, scribe: Scribe) -> Resource:
    """A reference to it; made if it is new. {} where none is named."""
    number, name = value.text(1), value.text(2)
    if not (number or name):
        return {}
    system, known_by = system_of_codes(value.text(3)) or scribe.authority, number or name
    id = scribe.known("Device", system, known_by)
    if not id:
        id = derived("Device", system, known_by)
        named = [{"name": name, "type": "model-name"}] if name else []
        identifier = [{"system": system, "value": known_by}]
        scribe.put(filled(resourceType="Device", id=id, identifier=identifier, deviceName=named))
    return filled(display=name) | reference_to(f"Device/{id}")
