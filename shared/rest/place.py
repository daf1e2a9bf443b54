"""Where in the FHIR address space a path points: http://hl7.org/fhir/R4/http.html#styleguide"""

from __future__ import annotations

from typing import NamedTuple


class Place(NamedTuple):
    """`shape` is the path in FHIR's notation, such as `[type]/[id]/_history/[vid]`."""

    shape: str
    type: str = ""
    id: str = ""
    version: str = ""
    operation: str = ""


_WORDS = frozenset({"", "_history", "_search", "$validate"})
_BY_POSITION = ("[type]", "[id]", "?", "[vid]")
_OPERATION = "$[name]"
_DEEPEST = len(_BY_POSITION)


def place_of(path: str) -> Place:
    """The place of a path below `/fhir`: with or without slashes around it, without the query. Any path has one."""
    parts = path.strip("/").split("/")
    if len(parts) > _DEEPEST:
        return Place("?")
    shape = [_kind(position, part) for position, part in enumerate(parts)]
    found = dict(zip(shape, parts, strict=True))
    return Place("/".join(shape), found.get("[type]", ""), found.get("[id]", ""), found.get("[vid]", ""), _operation(found))


def _kind(position: int, part: str) -> str:
    if part in _WORDS or (part == "metadata" and not position):
        return part
    return _OPERATION if part[0] == "$" else _BY_POSITION[position]


def _operation(found: dict[str, str]) -> str:
    return found.get(_OPERATION) or found.get("$validate", "")
