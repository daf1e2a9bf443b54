"""The official definitions in an unpacked folder: resources by canonical address, and what its packager changed put right."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

Json = dict[str, Any]

RELEASE: Final = "4.0.1"

# Types that the npm package carries with additions of its packager: of these only what the official data elements know is kept
# (officially none of them has an invariant of its own).
EXTENDED: Final = frozenset({"Binary", "DeviceDefinition", "EvidenceVariable", "Meta", "ObservationDefinition", "ResearchStudy"})

# Official data elements that describe a constrained type under the name of the type itself.
AMBIGUOUS: Final = frozenset({"Quantity.comparator"})

_UNNAMED: Final = ("id", "extension", "modifierExtension")


def structures(folder: Path) -> Iterator[Json]:
    """The StructureDefinitions of all R4 resource types and data types, elements as officially published."""
    official = {element["path"]: element for element in _official(folder)}
    for name in ("profiles-types.json", "profiles-resources.json"):
        for resource in read(folder / name):
            if resource["resourceType"] == "StructureDefinition" and resource.get("fhirVersion") == RELEASE:
                yield resource | {"snapshot": {"element": _elements(resource, official)}}


def terminology(folder: Path) -> dict[tuple[str, str], Json]:
    """ValueSets and CodeSystems by type and address."""
    return {
        (resource["resourceType"], resource["url"]): resource
        for name in ("valuesets.json", "v3-codesystems.json", "v2-tables.json")
        for resource in read(folder / name)
        if "url" in resource
    }


def read(file: Path) -> Iterator[Json]:
    for entry in json.loads(file.read_text())["entry"]:
        yield entry["resource"]


def _official(folder: Path) -> Iterator[Json]:
    for resource in read(folder / "dataelements.json"):
        yield resource["snapshot"]["element"][0]


def _elements(structure: Json, official: dict[str, Json]) -> list[Json]:
    name = structure["id"]
    found = [_corrected(element, official) for element in structure.get("snapshot", {}).get("element", ())]
    if name not in EXTENDED:
        return found
    present = {element["path"] for element in found}
    kept = [element | {"constraint": []} for element in found if _is_official(element["path"], official)]
    return kept + [element for path, element in official.items() if path.startswith(name + ".") and path not in present]


def _corrected(element: Json, official: dict[str, Json]) -> Json:
    known = official.get(element["path"])
    if known is None or element["path"] in AMBIGUOUS:
        return element
    return element | {key: known[key] for key in ("min", "max", "type", "binding") if key in known}


def _is_official(path: str, official: dict[str, Json]) -> bool:
    parent, _, name = path.rpartition(".")
    if not parent or path in official:
        return True
    if name in _UNNAMED:
        return _is_official(parent, official)
    return any(known.startswith(path + ".") and known.rpartition(".")[2] not in _UNNAMED for known in official)
