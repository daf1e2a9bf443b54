"""What a reference may say: http://hl7.org/fhir/R4/references.html#literal"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Final

from shared.fhir.gate.definitions import resource_types
from shared.fhir.gate.primitives import ID, Schema

_ABSOLUTE: Final = "[A-Za-z][A-Za-z0-9+.-]*:"
_LITERAL: Final = re.compile(rf"(?:^|/)([A-Z][A-Za-z]+)/{ID}(?:/_history/{ID})?$|^([A-Z][A-Za-z]+)\?")


def reference_schema(targets: Sequence[str]) -> Schema:
    """The schema of a Reference that may lead to these types (none: to any).

    A local reference (`#x`) is never right to the schema: only the whole resource tells what it leads to
    (shared.fhir.gate.contained). `#` alone is the resource around a contained one.
    """
    allowed = targets or resource_types()
    named = {"enum": list(allowed)} if targets else True
    return {
        "$ref": "#/$defs/Reference",
        "properties": {
            "reference": {
                "anyOf": [
                    {"pattern": _pattern(tuple(allowed))},
                    {"pattern": f"^(?:#$|{_ABSOLUTE})", "not": {"pattern": _anything()}},
                ],
                "$comment": "target " + " ".join(targets),
            },
            "type": {"anyOf": [named, {"not": {"enum": list(resource_types())}}], "$comment": "target " + " ".join(targets)},
        },
    }


def type_of(reference: str) -> str:
    """The type that a literal reference names; "" if it names none (`#x`, `urn:uuid:…`, another server's own addresses)."""
    found = _LITERAL.search(reference)
    return (found[1] or found[2]) if found else ""


@cache
def _pattern(types: tuple[str, ...]) -> str:
    either = "|".join(types)
    return rf"^(?:(?:{_ABSOLUTE}[^#?]*/)?(?:{either})/{ID}(?:/_history/{ID})?|(?:{either})\?.+)$"


def _anything() -> str:
    return _pattern(resource_types())
