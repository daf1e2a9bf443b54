"""Which elements a type or backbone element has, from the condensed R4 definitions: lists, choices, types."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import orjson


@dataclass(frozen=True, slots=True)
class Element:
    """`name` without `[x]`. `types` are the possible types; `group` names where the elements inside it are defined."""

    name: str
    many: bool
    choice: bool
    types: tuple[str, ...]
    group: str

    def key(self, type: str) -> str:
        """The JSON member that holds it: `deceasedBoolean` for a choice."""
        return self.name + type[:1].upper() + type[1:] if self.choice else self.name

    @property
    def keys(self) -> dict[str, str]:
        """Every JSON member that may hold it, with the type that it then has."""
        return {self.key(type): type for type in self.types or ("",)}


def element(group: str, name: str) -> Element | None:
    """The element of a group (`Patient`, `Patient.contact`, `HumanName`) by its name or its JSON member's."""
    return _elements(group).get(name)


@cache
def _elements(group: str) -> dict[str, Element]:
    found: dict[str, Element] = {}
    for name, definition in _groups().get(group, {}).items():
        bare = name.removesuffix("[x]")
        types = tuple(definition.get("types", ()))
        inside = definition.get("same") or (types[0] if len(types) == 1 else "")
        one = Element(bare, definition.get("max", "1") != "1", name != bare, types, inside)
        found |= dict.fromkeys((bare, *one.keys), one) if one.choice else {bare: one}
    return found


@cache
def _groups() -> dict[str, dict[str, Any]]:
    definitions = orjson.loads(files("shared.fhir.r4").joinpath("structures.json").read_bytes())["types"]
    return {group: found["elements"] for each in definitions.values() for group, found in each["groups"].items()}
