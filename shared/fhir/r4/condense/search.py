"""Condenses the official search parameters: FHIRPath expressions become paths through JSON, each with the data type found there.

http://hl7.org/fhir/R4/searchparameter-registry.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from shared.fhir.r4.condense.elements import Element, Elements
from shared.fhir.r4.condense.expressions import Step, alternatives, steps_of

Json = dict[str, Any]

SOURCE = "HL7 FHIR R4 4.0.1, search-parameters.json and the StructureDefinitions (CC0)"
FULL_TEXT = frozenset({"DomainResource-text", "Resource-content", "Resource-query"})
BY_THE_STORE = frozenset({"_id", "_lastUpdated"})
"""Found by the store's own columns, so there are no paths to them."""

LATER: tuple[Json, ...] = (
    {
        "id": "Coverage-subscriberid",
        "url": "http://hl7.org/fhir/SearchParameter/Coverage-subscriberid",
        "code": "subscriberid",
        "base": ["Coverage"],
        "type": "token",
        "expression": "Coverage.subscriberId",
    },
)
"""Parameters of a later release that stand on elements which R4 has too, where something of ours can't do without:
a payer is asked by the member's number. http://hl7.org/fhir/R5/coverage-search.html"""

FITTING: Mapping[str, frozenset[str]] = {
    "token": frozenset(
        {"CodeableConcept", "Coding", "Identifier", "ContactPoint", "code", "boolean", "string", "integer", "positiveInt"}
        | {"id", "uri", "url", "canonical", "oid", "uuid"}
    ),
    "reference": frozenset({"Reference", "canonical", "uri", "url", "Resource"}),
    "date": frozenset({"date", "dateTime", "instant", "Period", "Timing"}),
    "string": frozenset({"string", "markdown", "HumanName", "Address", "code", "uri", "id"}),
    "number": frozenset({"integer", "decimal", "positiveInt", "unsignedInt", "Range"}),
    "quantity": frozenset({"Quantity", "SimpleQuantity", "Age", "Duration", "Count", "Distance", "Money", "Range"}),
    "uri": frozenset({"uri", "url", "canonical", "oid", "uuid"}),
}
"""The data types that have a meaning for a kind of search: http://hl7.org/fhir/R4/search.html"""


def condensed(folder: Path) -> Json:
    """The content of search-parameters.json: type → code → kind, paths, targets, components; and what was left out, why."""
    elements = Elements(folder)
    definitions = [*LATER] + [
        entry["resource"]
        for entry in json.loads((folder / "search-parameters.json").read_text())["entry"]
        if entry["resource"].get("version") == "4.0.1" and entry["resource"]["id"] not in FULL_TEXT
    ]
    by_url = {definition["url"]: definition for definition in definitions}
    types: dict[str, Json] = {type: {} for type in elements.resource_types}
    absent: Json = {}
    for definition in definitions:
        for type in definition["base"]:
            if definition["type"] == "special":
                absent[f"{type}.{definition['code']}"] = "needs geometry"
                continue
            found = _parameter(definition, type, by_url, elements)
            if found is None:
                absent[f"{type}.{definition['code']}"] = "a composite of several ranges"
            else:
                types.setdefault(type, {})[definition["code"]] = found
    return {
        "source": SOURCE,
        "absent": dict(sorted(absent.items())),
        "types": {type: dict(sorted(found.items())) for type, found in sorted(types.items())},
    }


def write(folder: Path, into: Path) -> None:
    """Write search-parameters.json, one line for each parameter so that a difference can be read."""
    content = condensed(folder)
    lines = ["{", f' "source": {json.dumps(content["source"])},', f' "absent": {json.dumps(content["absent"])},', ' "types": {']
    types = list(content["types"].items())
    for place, (type, parameters) in enumerate(types):
        rows = [f"   {json.dumps(code)}: {json.dumps(found)}" for code, found in parameters.items()]
        lines.append(f"  {json.dumps(type)}: {{\n" + ",\n".join(rows) + ("\n  }," if place < len(types) - 1 else "\n  }"))
    lines += [" }", "}", ""]
    (into / "search-parameters.json").write_text("\n".join(lines))


def _parameter(definition: Json, type: str, by_url: Mapping[str, Json], elements: Elements) -> Json | None:
    found: Json = {"kind": definition["type"], "url": definition["url"]}
    if definition["code"] not in BY_THE_STORE:
        found["expression"] = " | ".join(alternatives(definition["expression"], type))
    if definition["code"] in BY_THE_STORE:
        return found
    if definition["type"] == "composite":
        return _composite(found, definition, type, by_url, elements)
    found["paths"] = _paths(definition["expression"], definition["type"], type, elements)
    if definition["type"] == "reference":
        found["targets"] = _targets(definition, found["paths"])
    return found


def _targets(definition: Json, paths: Iterable[Json]) -> list[str]:
    only = {path["only"] for path in paths if "only" in path}
    return sorted(only or definition.get("target", ()))


def _composite(found: Json, definition: Json, type: str, by_url: Mapping[str, Json], elements: Elements) -> Json | None:
    if len(definition["component"]) != 2:
        return None
    found["contexts"] = []
    for expression in alternatives(definition["expression"], type):
        steps = steps_of(expression)
        for path, element in _walked(steps[1:], "", elements.root(type), elements):
            parts = [_part(part, by_url, element, elements) for part in definition["component"]]
            found["contexts"].append({"path": path, "parts": parts})
    return found


def _part(part: Json, by_url: Mapping[str, Json], context: Element, elements: Elements) -> Json:
    """A component's kind and paths, from where the composite stands. R4 swaps two: kinds are told by type."""
    definition = by_url[part["definition"]]
    for kind in (definition["type"], "token", "reference"):
        paths: list[Json] = []
        for expression in alternatives(part["expression"], None):
            for path, element in _walked(steps_of(expression), "", context, elements):
                paths += _ends(path, element, kind, {})
        if paths:
            return {"kind": kind, "paths": paths}
    raise ValueError(f"{part['definition']}: {part['expression']} leads nowhere")


def _paths(expression: str, kind: str, type: str, elements: Elements) -> list[Json]:
    found: list[Json] = []
    for alternative in alternatives(expression, type):
        steps = steps_of(alternative)
        conditions = {step.kind: step.name for step in steps if step.kind in ("is", "truth")}
        walking = [step for step in steps[1:] if step.kind not in ("is", "truth")]
        for path, element in _walked(walking, "", elements.root(type), elements):
            found += [{"path": path, "type": "present"}] if "truth" in conditions else _ends(path, element, kind, conditions)
    return found


def _ends(path: str, element: Element, kind: str, conditions: Mapping[str, str]) -> Iterator[Json]:
    fits = element.type in FITTING[kind] or (element.type not in ("BackboneElement", "Element") and element.is_resource)
    if not fits:
        return
    found: Json = {"path": path, "type": "Resource" if element.is_resource else element.type}
    if "is" in conditions:
        found["only"] = conditions["is"]
    if element.system and kind == "token":
        found["system"] = element.system
    yield found


def _walked(steps: Iterable[Step], path: str, element: Element, elements: Elements) -> Iterator[tuple[str, Element]]:
    """Every JSON path that the steps lead to: a choice is several keys (`valueQuantity`, `valueString`, …)."""
    steps = list(steps)
    if not steps:
        yield path, element
        return
    step, rest = steps[0], steps[1:]
    if step.kind == "where":
        yield from _walked(rest, f"{path}{{{step.name}}}", element, elements)
    elif step.kind == "index":
        yield from _walked(rest, path.removesuffix("[]") + f"[{step.name}]", element, elements)
    elif step.kind == "as":
        if element.type.lower() == step.name.lower():
            yield from _walked(rest, path, element, elements)
    else:
        for key, child in elements.children(element, step.name):
            mark = "[]" if child.many else ""
            yield from _walked(rest, f"{path}.{key}{mark}".removeprefix("."), child, elements)
