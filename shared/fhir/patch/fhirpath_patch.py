"""FHIRPath Patch: a Parameters resource of operations. http://hl7.org/fhir/R4/fhirpatch.html"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final

from shared.fhir import text
from shared.fhir.issue import Resource
from shared.fhir.patch.effort import countable, walkable
from shared.fhir.patch.elements import Element, element
from shared.fhir.patch.node import Node, Pair, child, children, pairs, put, put_pairs
from shared.fhir.patch.path import nodes, parent_and_name
from shared.fhir.patch.result import checked, pruned
from shared.fhir.refusal import Malformed, Unprocessable

Part = Mapping[str, Any]
Parts = Mapping[str, Part]
"""The parts of one operation by name."""


def apply(resource: Resource, patch: Any) -> Resource:
    """The patched resource. `patch` is the Parameters resource.

    Raises Malformed for what is no FHIRPath Patch; TooLarge for one that asks for too much; Unprocessable where a path finds
    nothing, or more than one element, an index is outside its list, an added element exists already, or the type or id would
    change.
    """
    before = text.dump(resource)
    after, operations = text.load(before), _operations(text.load(text.dump({"patch": patch}))["patch"])
    countable(operations)
    walkable(operations, len(before))
    for parts in operations:
        kind = _value(parts, "type")
        operation = _OPERATIONS.get(kind) if isinstance(kind, str) else None
        if operation is None:
            raise Malformed(f"{kind!r} is no operation of a FHIRPath Patch")
        path = _value(parts, "path")
        if not isinstance(path, str):
            raise Malformed("an operation needs a path")
        operation(after, path, parts)
    return checked(resource, after)


def _operations(patch: Any) -> list[Parts]:
    if not isinstance(patch, dict) or patch.get("resourceType") != "Parameters":
        raise Malformed("a FHIRPath Patch is a Parameters resource")
    listed = patch.get("parameter", [])
    if not isinstance(listed, list) or any(not isinstance(one, dict) or one.get("name") != "operation" for one in listed):
        raise Malformed("the parameters of a FHIRPath Patch are named operation")
    return [{str(part.get("name")): part for part in _parts(one)} for one in listed]


def _parts(part: Part) -> list[Part]:
    listed = part.get("part", [])
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise Malformed("part is a list of objects")
    return listed


# --- the five operations


def _add(resource: Resource, path: str, parts: Parts) -> None:
    target = _single(nodes(resource, path), path)
    name = _value(parts, "name")
    one = child(target.group, name) if isinstance(name, str) else None
    if one is None:
        raise Malformed(f"{target.group or target.type} has no element {name!r}")
    key, pair = _sent(one, _part(parts, "value"))
    holder = target.object
    if holder is None:
        raise Unprocessable(f"{path} holds no elements")
    if one.many:
        put_pairs(holder, key, [*pairs(holder, key), pair])
    elif children(holder, one):
        raise Unprocessable(f"{path}.{name} exists already: replace it")
    else:
        put(holder, key, pair)


def _insert(resource: Resource, path: str, parts: Parts) -> None:
    holder, one = _list(resource, path)
    index = _index(parts, "index")
    key, pair = _sent(one, _part(parts, "value"))
    listed = pairs(holder, key)
    _within(index, len(listed) + 1, path)
    put_pairs(holder, key, [*listed[:index], pair, *listed[index:]])


def _delete(resource: Resource, path: str, _parts: Parts) -> None:
    found = nodes(resource, path)
    if len(found) > 1:
        raise Unprocessable(f"{path} names {len(found)} elements: only one can be deleted")
    for node in found:
        _replaced(node, None)
        pruned(resource)


def _replace(resource: Resource, path: str, parts: Parts) -> None:
    node = _single(nodes(resource, path), path)
    type, pair = _typed(_part(parts, "value"), node.group)
    owner = node.key.removesuffix(node.type[:1].upper() + node.type[1:])
    if node.index is None and owner != node.key and type and type != node.type and _is_choice(resource, path):
        put(node.holder, node.key, (None, None))
        put(node.holder, owner + type[:1].upper() + type[1:], pair)
    else:
        _replaced(node, pair)


def _move(resource: Resource, path: str, parts: Parts) -> None:
    holder, one = _list(resource, path)
    source, destination = _index(parts, "source"), _index(parts, "destination")
    listed = pairs(holder, one.name)
    _within(source, len(listed), path)
    _within(destination, len(listed), path)
    listed.insert(destination, listed.pop(source))
    put_pairs(holder, one.name, listed)


_OPERATIONS: Final[Mapping[str, Callable[[Resource, str, Parts], None]]] = {
    "add": _add,
    "insert": _insert,
    "delete": _delete,
    "replace": _replace,
    "move": _move,
}


# --- places


def _single(found: list[Node], path: str) -> Node:
    if len(found) != 1:
        raise Unprocessable(f"{path} names {len(found) or 'no'} elements, one is needed")
    return found[0]


def _list(resource: Resource, path: str) -> tuple[dict[str, Any], Element]:
    parents, name = parent_and_name(resource, path)
    parent = _single(parents, path.rpartition(".")[0])
    one = child(parent.group, name)
    if one is None or not one.many:
        raise Malformed(f"{path} is no list")
    holder = parent.object
    if holder is None:
        raise Unprocessable(f"{path} holds no elements")
    return holder, one


def _is_choice(resource: Resource, path: str) -> bool:
    parents, name = parent_and_name(resource, path)
    one = child(parents[0].group, name) if parents else None
    return one is not None and one.choice


def _replaced(node: Node, pair: Pair | None) -> None:
    if node.index is None:
        put(node.holder, node.key, pair or (None, None))
        return
    listed = pairs(node.holder, node.key)
    listed[node.index : node.index + 1] = [pair] if pair else []
    put_pairs(node.holder, node.key, listed)


def _within(index: int, length: int, path: str) -> None:
    if not 0 <= index < length:
        raise Unprocessable(f"{path} has no place {index}")


# --- what was sent


def _part(parts: Parts, name: str) -> Part:
    if name not in parts:
        raise Malformed(f"an operation needs a {name}")
    return parts[name]


def _value(parts: Parts, name: str) -> Any:
    return _typed(parts[name], "")[1][0] if name in parts else None


def _index(parts: Parts, name: str) -> int:
    value = _value(parts, name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise Malformed(f"an operation needs {name} as a valueInteger")
    return value


def _sent(one: Element, part: Part) -> tuple[str, Pair]:
    """The JSON member for a value of this element, and the value. Raises Malformed for a type that a choice does not have."""
    type, pair = _typed(part, one.group)
    if not one.choice:
        return one.name, pair
    fitting = next((key for key, known in one.keys.items() if known[:1].upper() + known[1:] == type[:1].upper() + type[1:]), None)
    if fitting is None:
        raise Malformed(f"{one.name}[x] can't be of the type {type}")
    return fitting, pair


def _typed(part: Part, group: str) -> tuple[str, Pair]:
    """Type and value of a part: `value[x]` with its sibling, a resource, or an anonymous type in parts of its own."""
    if "resource" in part:
        return "", (part["resource"], None)
    keys = {name.lstrip("_") for name in part if name.lstrip("_").startswith("value")}
    if len(keys) == 1:
        key = keys.pop()
        type = key.removeprefix("value")
        return type[:1].lower() + type[1:] if type in _primitives() else type, (part.get(key), part.get("_" + key))
    if keys or "part" not in part:
        raise Malformed(f"the part {part.get('name')!r} needs one value")
    return "", (_anonymous(part, group), None)


@cache
def _primitives() -> frozenset[str]:
    """The primitive types as they stand in the names of `value[x]`."""
    value = element("Extension", "value")
    types = value.types if value else ()
    return frozenset(type[:1].upper() + type[1:] for type in types if type[:1].islower())


def _anonymous(part: Part, group: str) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for inner in _parts(part):
        name = inner.get("name")
        one = child(group, name) if isinstance(name, str) else None
        if one is None:
            raise Malformed(f"{group or 'this'} has no element {name!r}")
        key, pair = _sent(one, inner)
        if one.many:
            put_pairs(made, key, [*pairs(made, key), pair])
        else:
            put(made, key, pair)
    return made
