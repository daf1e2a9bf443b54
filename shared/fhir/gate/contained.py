"""Local references (`#x`) and what they lead to: ref-1 and dom-3, http://hl7.org/fhir/R4/references.html#contained"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from shared.fhir.issue import Issue, Resource


def contained_types(resource: Resource) -> dict[str, str]:
    """The types of the contained resources by id."""
    contained = resource.get("contained")
    if not isinstance(contained, list):
        return {}
    return {
        inner["id"]: inner.get("resourceType", "")
        for inner in contained
        if isinstance(inner, dict) and isinstance(inner.get("id"), str)
    }


def orphans(resource: Resource, at: str) -> Iterator[Issue]:
    """dom-3: every contained resource is referred to from elsewhere in the resource, or refers to the resource around it."""
    contained = resource.get("contained")
    if not isinstance(contained, list):
        return
    used = set(_strings(resource))
    for index, inner in enumerate(contained):
        if not isinstance(inner, dict) or ("#" + str(inner.get("id", "")) in used and inner.get("id")) or "#" in _strings(inner):
            continue
        yield Issue(
            "a contained resource must be referred to from elsewhere in the resource, or refer to it (dom-3)",
            f"{at}.contained[{index}]",
            "invariant",
        )


def _strings(value: Any) -> Iterator[str]:
    """Every string that could be a local reference."""
    if isinstance(value, str):
        if value.startswith("#"):
            yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)
