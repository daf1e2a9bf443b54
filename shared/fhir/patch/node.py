"""A place in a resource's JSON: the member (and index) that holds an element, with its `_sibling`."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from shared.fhir.patch.elements import Element, element

Pair = tuple[Any, Any]
"""A value and what stands beside it in the `_sibling` (id and extensions of a primitive); None for what is absent."""


@dataclass(frozen=True, slots=True)
class Node:
    """`holder[key]`, or `holder[key][index]` in a list. `type` is the FHIR type, `group` where its elements are defined."""

    holder: dict[str, Any]
    key: str
    index: int | None
    type: str
    group: str

    @property
    def value(self) -> Any:
        return pairs(self.holder, self.key)[self.index][0] if self.index is not None else self.holder.get(self.key)

    @property
    def object(self) -> dict[str, Any] | None:
        """What its child elements stand in: of a primitive, the sibling."""
        found = self.value
        if found is None or not isinstance(found, dict):
            beside = self.holder.get("_" + self.key)
            found = beside[self.index] if isinstance(beside, list) and self.index is not None else beside
        return found if isinstance(found, dict) else None


def children(holder: dict[str, Any], one: Element) -> list[Node]:
    """The nodes of an element in the object that holds it; none where it is absent."""
    for key, type in one.keys.items():
        if key in holder or "_" + key in holder:
            group = type if one.choice else one.group
            if not one.many:
                return [Node(holder, key, None, type, _inside(group, holder.get(key)))]
            found = enumerate(pairs(holder, key))
            return [Node(holder, key, index, type, _inside(group, value)) for index, (value, _) in found]
    return []


def child(group: str, name: str) -> Element | None:
    """The definition of an element; of what all elements have (id, extension) wherever it stands."""
    return element(group, name) or element("Extension" if name in ("id", "extension") else "", name)


def pairs(holder: dict[str, Any], key: str) -> list[Pair]:
    """A list's values with their siblings."""
    return list(zip_longest(holder.get(key) or (), holder.get("_" + key) or ()))


def put_pairs(holder: dict[str, Any], key: str, new: list[Pair]) -> None:
    """Write a list and its siblings; what would hold nothing is removed."""
    for name, part in ((key, 0), ("_" + key, 1)):
        values = [pair[part] for pair in new]
        if any(value is not None for value in values):
            holder[name] = values
        else:
            holder.pop(name, None)


def put(holder: dict[str, Any], key: str, pair: Pair) -> None:
    """Write a single element and its sibling, in the place of what was there."""
    for name, value in ((key, pair[0]), ("_" + key, pair[1])):
        if value is None:
            holder.pop(name, None)
        else:
            holder[name] = value


def _inside(group: str, value: Any) -> str:
    return str(value.get("resourceType", group)) if group == "Resource" and isinstance(value, dict) else group
