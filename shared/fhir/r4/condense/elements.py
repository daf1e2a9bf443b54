"""The elements of the StructureDefinitions, walked by the condensing of search parameters: names lead to JSON keys and types."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Element:
    """`path` is where its children are defined (`CarePlan.activity`, `Timing`), `system` what a required binding implies."""

    path: str
    type: str
    many: bool = False
    system: str = ""
    is_resource: bool = False


class Elements:
    """All R4 elements of an unpacked folder of definitions."""

    def __init__(self, folder: Path) -> None:
        self._by_path: dict[str, Json] = {}
        self._systems: dict[str, str] = {}
        self.resource_types: list[str] = []
        for name in ("profiles-types.json", "profiles-resources.json"):
            for resource in _resources(folder / name):
                if resource["resourceType"] == "StructureDefinition":
                    self._take(resource)
        for resource in _resources(folder / "valuesets.json"):
            if resource["resourceType"] == "ValueSet":
                systems = {include.get("system", "") for include in resource.get("compose", {}).get("include", ())}
                self._systems[resource["url"]] = systems.pop() if len(systems) == 1 else ""

    def root(self, type: str) -> Element:
        return Element(type, type)

    def children(self, element: Element, name: str) -> Iterator[tuple[str, Element]]:
        """The JSON keys that a FHIRPath name means below an element: one, or one for each type of a choice."""
        found = self._by_path.get(f"{element.path}.{name}")
        if found is not None:
            yield name, self._element(found, found.get("type", [{"code": ""}])[0]["code"])
            return
        choice = self._by_path.get(f"{element.path}.{name}[x]")
        if choice is None:
            raise KeyError(f"{element.path}.{name}")
        for type in choice["type"]:
            code = type["code"]
            yield name + code[0].upper() + code[1:], self._element(choice, code)

    def _take(self, definition: Json) -> None:
        if definition.get("derivation") == "constraint":
            return
        if definition["kind"] == "resource" and not definition["abstract"]:
            self.resource_types.append(definition["type"])
        for element in definition.get("snapshot", {}).get("element", ()):
            self._by_path[element["path"]] = element

    def _element(self, found: Json, code: str) -> Element:
        if code.startswith("http://hl7.org/fhirpath/"):
            code = "string"
        many = found["max"] != "1"
        if "contentReference" in found:
            return Element(found["contentReference"].removeprefix("#"), "BackboneElement", many)
        nested = code in ("BackboneElement", "Element")
        is_resource = code == "Resource"
        return Element(found["path"] if nested else code, code, many, self._system(found, code), is_resource)

    def _system(self, found: Json, code: str) -> str:
        binding = found.get("binding", {})
        if code != "code" or binding.get("strength") != "required":
            return ""
        return self._systems.get(binding.get("valueSet", "").split("|")[0], "")


def _resources(file: Path) -> Iterator[Json]:
    for entry in json.loads(file.read_text())["entry"]:
        yield entry["resource"]
