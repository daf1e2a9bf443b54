"""JSON Merge Patch (RFC 7386): what a client sends as plain `application/json`."""

from __future__ import annotations

from typing import Any

from shared.fhir import text
from shared.fhir.issue import Resource
from shared.fhir.patch.result import checked
from shared.fhir.refusal import Malformed


def apply(resource: Resource, patch: Any) -> Resource:
    """The resource with the patch's members in place of its own, `null` for removal. Lists are replaced as a whole.

    Raises Malformed for a patch that is no object, Unprocessable if the type or id would change.
    """
    if not isinstance(patch, dict):
        raise Malformed("a merge patch is an object")
    return checked(resource, text.load(text.dump(merged(resource, patch))))


def merged(target: Any, patch: Any) -> Any:
    """RFC 7386, section 2, over any JSON value."""
    if not isinstance(patch, dict):
        return patch
    answer = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            answer.pop(name, None)
        else:
            answer[name] = merged(answer.get(name), value)
    return answer
