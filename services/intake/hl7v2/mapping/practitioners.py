"""XCN: who treats, refers, admits; a Practitioner where there is a number to know them by, else a name."""

from __future__ import annotations

from services.intake.hl7v2.segment import Segment, Value
from shared.fhir.element import reference_to
from shared.fhir.issue import Resource

from .datatypes import filled, identifier_type, person_name, system_of
from .scribe import Scribe, derived


def practitioner(value: Value, scribe: Scribe) -> Resource:
    """A reference to who it is; made if nobody knows them yet. What others have stored about them stands.

    {} where nothing is said.
    """
    number, display = value.text(1), _display(value)
    if not number:
        return filled(display=display)
    authority = value.component(9) or value.component(14)
    system = system_of(authority, scribe.message) or scribe.authority
    id = scribe.known("Practitioner", system, number)
    if not id:
        id = derived("Practitioner", system, number)
        identifier = filled(
            type=identifier_type(value.text(13)), system=system, value=number, assigner=filled(display=authority.text(1))
        )
        name = person_name(value, scribe.message)
        scribe.put(filled(resourceType="Practitioner", id=id, identifier=[identifier], name=[name] if name else []))
    return filled(display=display) | reference_to(f"Practitioner/{id}")


def people(segment: Segment, number: int, scribe: Scribe) -> list[Resource]:
    """References to all whom a field names."""
    return [who for value in segment.values(number) if (who := practitioner(value, scribe))]


def _display(value: Value) -> str:
    """Prefix, given names and family name."""
    return " ".join(part for place in (6, 3, 4, 2) if (part := value.text(place))).strip()
