"""The FHIRPath of a patch, walked to the very places in the JSON that it names.

Names, indexes and the functions that choose among elements are walked here, because a FHIRPath engine answers values, not
places. What stands inside `where(…)` is any FHIRPath, evaluated by fhirpathpy.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final

import fhirpathpy

from shared.fhir import text
from shared.fhir.issue import Resource
from shared.fhir.patch.effort import readable, terminating
from shared.fhir.patch.node import Node, child, children
from shared.fhir.refusal import Malformed

_STEP: Final = re.compile(
    r"""\s*(?P<name>`[^`]+`|[A-Za-z_][A-Za-z0-9_]*)\s*"""
    r"""(?P<call>\((?P<argument>(?:'(?:[^'\\]|\\.)*'|[^'()]|\((?:'(?:[^'\\]|\\.)*'|[^'()]|\([^()]*\))*\))*)\))?"""
    r"""(?P<indexes>(?:\s*\[\s*\d+\s*\])*)\s*(?:\.|$)"""
)

Step = tuple[str, str | None, tuple[int, ...]]
"""Name, argument of a call (None: no call), indexes."""


def nodes(resource: Resource, path: str) -> list[Node]:
    """The places that the path names, in the order of the document. Raises Malformed for a path that can't be walked."""
    return _walked(_root(resource), steps(path), path)


def parent_and_name(resource: Resource, path: str) -> tuple[list[Node], str]:
    """The path without its last name, and that name: where a list stands or would stand. Raises Malformed."""
    taken = steps(path)
    name, argument, indexes = taken[-1]
    if argument is not None or indexes or len(taken) == 1:
        raise Malformed(f"{path!r} does not end with the name of a list")
    return _walked(_root(resource), taken[:-1], path), name


@lru_cache(maxsize=1024)
def steps(path: str) -> tuple[Step, ...]:
    """A path taken apart. Raises Malformed."""
    readable(path)
    found: list[Step] = []
    at = 0
    while at < len(path):
        match = _STEP.match(path, at)
        if match is None:
            raise Malformed(f"{path!r} is no path that a patch can follow")
        indexes = tuple(int(index) for index in re.findall(r"\d+", match["indexes"]))
        found.append((match["name"].strip("`"), match["argument"] if match["call"] else None, indexes))
        at = match.end()
    if not found or path.endswith("."):
        raise Malformed(f"{path!r} is no path that a patch can follow")
    return tuple(found)


def _root(resource: Resource) -> Node:
    type = str(resource.get("resourceType", ""))
    return Node({type: resource}, type, None, type, type)


def _walked(root: Node, taken: tuple[Step, ...], path: str) -> list[Node]:
    here = [root]
    for place, (name, argument, indexes) in enumerate(taken):
        if argument is not None:
            here = _called(here, name, argument, path)
        elif place or name not in (root.type, "Resource", "DomainResource"):
            here = _named(here, name, path)
        for index in indexes:
            here = here[index : index + 1]
    return here


def _named(here: list[Node], name: str, path: str) -> list[Node]:
    found: list[Node] = []
    for node in here:
        one = child(node.group, name)
        if one is None:
            raise Malformed(f"{path!r}: {node.group or node.type} has no element {name}")
        found += children(node.object or {}, one)
    return found


def _called(here: list[Node], name: str, argument: str, path: str) -> list[Node]:
    chosen = _FUNCTIONS.get(name)
    if chosen is None:
        raise Malformed(f"{path!r}: a patch can't follow {name}()")
    return chosen(here, argument.strip(), path)


def _where(here: list[Node], argument: str, path: str) -> list[Node]:
    holds = _compiled(argument, path)
    try:
        return [node for node in here if holds(text.load(text.dump({"value": node.value}))["value"]) == [True]]
    except Exception as error:  # noqa: BLE001 - fhirpathpy raises whatever its interpreter stumbles over
        raise Malformed(f"{path!r}: {argument!r} can't be evaluated ({type(error).__name__})") from None


@lru_cache(maxsize=512)
def _compiled(expression: str, path: str) -> Callable[[Any], list[Any]]:
    terminating(expression)
    try:
        compiled = fhirpathpy.compile(expression)
    except Exception:  # noqa: BLE001 - as above
        raise Malformed(f"{path!r}: {expression!r} is no FHIRPath") from None
    return lambda value: compiled(value, None)


def _extension(here: list[Node], argument: str, path: str) -> list[Node]:
    url = argument.strip("'")
    return [node for node in _named(here, "extension", path) if isinstance(node.value, dict) and node.value.get("url") == url]


def _of_type(here: list[Node], argument: str, _path: str) -> list[Node]:
    return [node for node in here if node.type == argument.removeprefix("FHIR.")]


def _number(argument: str, path: str) -> int:
    if not argument.isdigit():
        raise Malformed(f"{path!r}: {argument!r} is no count")
    return int(argument)


_FUNCTIONS: Final[Mapping[str, Callable[[list[Node], str, str], list[Node]]]] = {
    "where": _where,
    "extension": _extension,
    "ofType": _of_type,
    "as": _of_type,
    "first": lambda here, _argument, _path: here[:1],
    "last": lambda here, _argument, _path: here[-1:],
    "tail": lambda here, _argument, _path: here[1:],
    "single": lambda here, _argument, _path: here,
    "skip": lambda here, argument, path: here[_number(argument, path) :],
    "take": lambda here, argument, path: here[: _number(argument, path)],
}
