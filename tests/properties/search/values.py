"""What stands in a resource for each search parameter, read off the page of the standard by hand, for a few types.

http://hl7.org/fhir/R4/patient.html#search and so on. Nothing of the engine is used here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

Resource = dict[str, Any]
Elements = Iterator[Any]
"""The elements that a parameter is about: CodeableConcepts, Periods, strings, references as they stand in the JSON."""


def at(path: str) -> Callable[[Resource], Elements]:
    """All elements at a path of keys; of lists every item."""

    def read(resource: Resource) -> Elements:
        found: list[Any] = [resource]
        for key in path.split("."):
            below = [element[key] for element in found if key in element]
            found = [item for one in below for item in (one if isinstance(one, list) else [one])]
        yield from found

    return read


def any_of(*paths: str) -> Callable[[Resource], Elements]:
    def read(resource: Resource) -> Elements:
        for path in paths:
            yield from at(path)(resource)

    return read


def to_patients(path: str) -> Callable[[Resource], Elements]:
    """References that say that they are to a Patient."""

    def read(resource: Resource) -> Elements:
        yield from (one for one in at(path)(resource) if "Patient/" in one.get("reference", ""))

    return read


PARAMETERS: Final[Mapping[str, Mapping[str, tuple[str, Callable[[Resource], Elements]]]]] = {
    "Patient": {
        "active": ("token", at("active")),
        "gender": ("token", at("gender")),
        "identifier": ("token", at("identifier")),
        "name": ("string", any_of("name.family", "name.given", "name.text")),
        "family": ("string", at("name.family")),
        "birthdate": ("date", at("birthDate")),
        "organization": ("reference", at("managingOrganization")),
        "link": ("reference", at("link.other")),
    },
    "Observation": {
        "code": ("token", at("code")),
        "status": ("token", at("status")),
        "category": ("token", at("category")),
        "date": ("date", any_of("effectiveDateTime", "effectivePeriod", "effectiveInstant")),
        "value-quantity": ("quantity", at("valueQuantity")),
        "value-string": ("string", any_of("valueString", "valueCodeableConcept.text")),
        "subject": ("reference", at("subject")),
        "patient": ("reference", to_patients("subject")),
        "has-member": ("reference", at("hasMember")),
        "component-value-quantity": ("quantity", at("component.valueQuantity")),
        "combo-code": ("token", any_of("code", "component.code")),
        "code-value-quantity": ("composite", lambda resource: iter([resource])),
        "component-code-value-quantity": ("composite", at("component")),
    },
    "Organization": {
        "name": ("string", any_of("name", "alias")),
        "partof": ("reference", at("partOf")),
        "identifier": ("token", at("identifier")),
    },
    "RiskAssessment": {
        "probability": ("number", any_of("prediction.probabilityDecimal", "prediction.probabilityRange")),
        "subject": ("reference", at("subject")),
        "date": ("date", at("occurrenceDateTime")),
    },
    "Questionnaire": {
        "url": ("uri", at("url")),
        "title": ("string", at("title")),
        "effective": ("date", at("effectivePeriod")),
    },
}

TARGETS: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
    ("Patient", "organization"): ("Organization",),
    ("Patient", "link"): ("Patient",),
    ("Observation", "subject"): ("Patient",),
    ("Observation", "patient"): ("Patient",),
    ("Observation", "has-member"): ("Observation",),
    ("Organization", "partof"): ("Organization",),
    ("RiskAssessment", "subject"): ("Patient",),
}
"""The types of this world that a reference may be to."""
