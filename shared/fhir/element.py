"""Reading and making the elements that every resource is built of: codes, extensions, identifiers, references."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

Element = Mapping[str, Any]

_ESCAPED = str.maketrans({character: f"\\{character}" for character in ",$|\\"})


def concept(system: str, code: str, text: str = "") -> dict[str, Any]:
    """A CodeableConcept of one coding. http://hl7.org/fhir/R4/datatypes.html#CodeableConcept"""
    made: dict[str, Any] = {"coding": [{"system": system, "code": code}]}
    return made | {"text": text} if text else made


def code_in(concepts: Element | Iterable[Element] | None, system: str) -> str | None:
    """The first code of a system in a CodeableConcept or a list of them."""
    return next(iter(codes_in(concepts, system)), None)


def codes_in(concepts: Element | Iterable[Element] | None, system: str) -> list[str]:
    """All codes of a system in a CodeableConcept or a list of them."""
    listed = [concepts] if isinstance(concepts, Mapping) else concepts or ()
    return [
        coding["code"]
        for found in listed
        for coding in found.get("coding", ())
        if coding.get("system") == system and "code" in coding
    ]


def extension(element: Element, url: str) -> Any:
    """The value of the first extension with this url; None if there is none."""
    for found in element.get("extension", ()):
        if found.get("url") == url:
            return next((value for key, value in found.items() if key.startswith("value")), None)
    return None


def identifier(resource: Element, system: str) -> str | None:
    """The value of the first identifier of a system. `identifier` may be one or a list."""
    found = resource.get("identifier", ())
    listed = [found] if isinstance(found, Mapping) else found
    return next((each.get("value") for each in listed if each.get("system") == system), None)


def sought(value: str, system: str | None = None) -> str:
    """A value (of a code system, where one is said) as it is written in a search: escaped, percent-encoded."""
    return quote(escaped(value, system), safe="")


def escaped(value: str, system: str | None = None) -> str:
    """The same, as the value of a parameter that is not part of an address: http://hl7.org/fhir/R4/search.html#escaping"""
    return "|".join(part.translate(_ESCAPED) for part in (system, value) if part is not None)


def reference_to(target: Element | str) -> dict[str, Any]:
    """A Reference to a resource (which has its id) or to `Type/id`."""
    return {"reference": target if isinstance(target, str) else f"{target['resourceType']}/{target['id']}"}


def target_of(reference: Element | None) -> str:
    """`Type/id` of a literal Reference, versions and absolute bases left out; "" if it names no resource."""
    text = str((reference or {}).get("reference", "")).partition("/_history/")[0]
    return "/".join(text.rsplit("/", 2)[-2:]) if "/" in text else ""


def targets_of(references: Iterable[Element] | None, type: str) -> list[str]:
    """The ids of those References that are to a type."""
    return [found.split("/")[1] for each in references or () if (found := target_of(each)).startswith(f"{type}/")]
