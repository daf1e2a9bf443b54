"""What every patch must leave behind: a resource with the same identity and without empty lists and objects."""

from __future__ import annotations

from typing import Any

from shared.fhir.issue import Issue, Resource
from shared.fhir.refusal import Unprocessable


def checked(before: Resource, after: Any) -> Resource:
    """The patched resource. Raises Unprocessable if its type or id changed, or if it is no object any more."""
    if not isinstance(after, dict):
        raise Unprocessable("a patch must leave a resource")
    for name in ("resourceType", "id"):
        if before.get(name) != after.get(name):
            expression = f"{before.get('resourceType', 'Resource')}.{name}"
            raise Unprocessable(Issue(f"a patch can't change {name}", expression, "processing"))
    pruned(after)
    return after


def pruned(value: Any) -> bool:
    """Take lists and objects that are empty out of the value, in place; whether anything is left of it."""
    if isinstance(value, dict):
        for name in [name for name, inner in value.items() if isinstance(inner, dict | list) and not pruned(inner)]:
            del value[name]
        return bool(value)
    if isinstance(value, list):
        value[:] = [inner for inner in value if not isinstance(inner, dict | list) or pruned(inner)]
    return bool(value)
