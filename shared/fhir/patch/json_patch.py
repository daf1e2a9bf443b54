"""JSON Patch (RFC 6902) over a loaded resource. http://hl7.org/fhir/R4/http.html#patch"""

from __future__ import annotations

import re
from typing import Any, Final

import jsonpatch  # type: ignore[import-untyped, unused-ignore]
import jsonpointer  # type: ignore[import-untyped, unused-ignore]

from shared.fhir import text
from shared.fhir.issue import Resource
from shared.fhir.patch.effort import Copies, countable
from shared.fhir.patch.result import checked
from shared.fhir.refusal import Malformed, Unprocessable

_POINTER: Final = re.compile(r"(?:/(?:[^~/]|~[01])*)*")


def apply(resource: Resource, patch: Any) -> Resource:
    """The patched resource. `patch` is the document as `text.parse_json` gives it.

    Raises Malformed for what is no JSON Patch; TooLarge for one that asks for too much; Unprocessable where a `test` fails, a
    path doesn't exist, or the type or id would change.
    """
    return checked(resource, changed(resource, patch))


def changed(document: Any, patch: Any) -> Any:
    """RFC 6902 as it stands, over any JSON document: nothing of the document or the patch is changed or shared."""
    _check_pointers(patch)
    copied = text.load(text.dump({"document": document, "patch": patch}))
    try:
        return _applied(copied["document"], copied["patch"])
    except jsonpatch.InvalidJsonPatch as error:
        raise Malformed(f"this is no JSON Patch: {error}") from None
    except jsonpatch.JsonPatchTestFailed as error:
        raise Unprocessable(f"a test of the patch failed: {error}") from None
    except (jsonpatch.JsonPatchException, jsonpointer.JsonPointerException) as error:
        raise Unprocessable(f"the patch does not fit the resource: {error}") from None


def _applied(document: Any, patch: list[Any]) -> Any:
    """One operation after the other: what the next one copies shows only then."""
    copies = Copies()
    for operation in patch:
        copies.add(document, operation)
        document = jsonpatch.apply_patch(document, [operation], in_place=True)
    return document


def _check_pointers(patch: Any) -> None:
    if not isinstance(patch, list):
        raise Malformed("a JSON Patch is a list of operations")
    countable(patch)
    for place, operation in enumerate(patch):
        if not isinstance(operation, dict):
            raise Malformed(f"operation {place} of the patch is no object")
        for name in ("path", "from"):
            pointer = operation.get(name, "")
            if not isinstance(pointer, str) or not _POINTER.fullmatch(pointer):
                raise Malformed(f"operation {place} of the patch: {name} {pointer!r} is no JSON Pointer")
