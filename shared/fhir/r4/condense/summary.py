"""Condenses which elements `_summary=true` shows, and which are mandatory: http://hl7.org/fhir/R4/search.html#summary"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Json = dict[str, Any]

SOURCE = "HL7 FHIR R4 4.0.1, profiles-resources.json (CC0)"
_BACKBONE = frozenset({"BackboneElement", "Element"})
_BY_THE_SERVER = frozenset({"id", "meta", "implicitRules", "modifierExtension"})
"""Always shown."""


def write(folder: Path, into: Path) -> None:
    """Make summary.json in `into`, a line for each type, from the unpacked folder of definitions."""
    content = condensed(folder)
    rows = [f"  {json.dumps(type)}: {json.dumps(found)}" for type, found in content["types"].items()]
    lines = [f' "source": {json.dumps(content["source"])},', f' "choices": {json.dumps(content["choices"])},', ' "types": {']
    (into / "summary.json").write_text("\n".join(["{", *lines, ",\n".join(rows), " }", "}", ""]))


def condensed(folder: Path) -> Json:
    """Type → `summary`: a tree of JSON keys whose leaves are shown whole (`1`), `mandatory`: top-level JSON keys.

    `choices` are the endings that a key of a choice of types may have (`Quantity` in `valueQuantity`).
    """
    bundle = json.loads((folder / "profiles-resources.json").read_text())
    types = {each["type"]: _type(each["snapshot"]["element"]) for each in _resources(bundle)}
    chosen = {
        _capital(type["code"])
        for each in _resources(bundle)
        for element in each["snapshot"]["element"]
        if element["path"].endswith("[x]")
        for type in element["type"]
    }
    return {"source": SOURCE, "choices": sorted(chosen), "types": dict(sorted(types.items()))}


def _resources(bundle: Json) -> Iterator[Json]:
    for entry in bundle["entry"]:
        each = entry["resource"]
        is_type = each["resourceType"] == "StructureDefinition" and each["kind"] == "resource"
        if is_type and not each["abstract"] and each.get("derivation") == "specialization" and each.get("fhirVersion") == "4.0.1":
            yield each


def _type(elements: list[Json]) -> Json:
    root = elements[0]["path"]
    top = [element for element in elements if _parent(element["path"]) == root and _name(element) not in _BY_THE_SERVER]
    return {
        "summary": _tree(root, elements),
        "mandatory": [key for element in top if element["min"] for key in _keys(element)],
    }


def _tree(parent: str, elements: list[Json]) -> Json:
    tree: Json = {}
    for element in elements:
        if _parent(element["path"]) == parent and element.get("isSummary") and _name(element) not in _BY_THE_SERVER:
            is_backbone = {type["code"] for type in element.get("type", ())} & _BACKBONE
            shown = (_tree(element["path"], elements) if is_backbone else {}) or 1
            tree |= dict.fromkeys(_keys(element), shown)
    return tree


def _keys(element: Json) -> Iterator[str]:
    name = _name(element)
    if not name.endswith("[x]"):
        yield name
        return
    for type in element["type"]:
        yield name.removesuffix("[x]") + _capital(type["code"])


def _capital(code: str) -> str:
    return code[0].upper() + code[1:]


def _parent(path: str) -> str:
    return path.rpartition(".")[0]


def _name(element: Json) -> str:
    return str(element["path"]).rpartition(".")[2]
