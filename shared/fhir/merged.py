"""Whom a resource was merged into, as it says itself: http://hl7.org/fhir/R4/patient-definitions.html#Patient.link"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from shared.fhir.reference import parse

LINKED: Final = frozenset({"Patient"})
"""The types whose `link` can say `replaced-by`."""


def replaced_by(resource: Mapping[str, Any]) -> str | None:
    """The id of the first resource of its own type and this server that replaces it; None if none does."""
    for link in resource.get("link", ()):
        if link.get("type") == "replaced-by":
            other = parse(str(link["other"].get("reference", "")))
            if other.kind == "relative" and other.type == resource["resourceType"] and other.id != resource.get("id"):
                return other.id
    return None
