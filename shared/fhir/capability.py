"""The capability statement, made of what is registered, so that it cannot lie. Pure.

http://hl7.org/fhir/R4/capabilitystatement.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from shared.fhir.issue import Resource
from shared.fhir.parameters import Parameter, absent, parameters, url_of

RELEASED = "2026-11-23"
"""When what is said here last changed its meaning."""

_COLUMNS = {"_id": "token", "_lastUpdated": "date"}
"""Parameters of every type that are columns of the store."""


@dataclass(frozen=True, slots=True)
class Invocable:
    """An operation as it is called: `name` begins with `$`."""

    type: str
    name: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class Serving:
    """What a service answers to. `owners` of followed types: type → the owner's name and base.

    `interactions`: place in the address space (`[type]`, `[type]/[id]`, ``) and method → FHIR's code of what is done there.
    `reading` are the codes that need no right to write.
    """

    service: str
    owned: tuple[str, ...]
    owners: Mapping[str, str]
    interactions: Mapping[tuple[str, str], str]
    reading: frozenset[str]
    operations: tuple[Invocable, ...] = ()
    patch_formats: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default=())


def statement(serving: Serving, base: str) -> Resource:
    """The CapabilityStatement of a service at an address (with `/fhir`)."""
    return {
        "resourceType": "CapabilityStatement",
        "id": serving.service,
        "name": f"Careloom{serving.service.capitalize()}",
        "title": f"Careloom {serving.service}",
        "status": "active",
        "date": RELEASED,
        "kind": "instance",
        "software": {"name": "Careloom"},
        "implementation": {"description": f"The service {serving.service} of Careloom", "url": base},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json", "application/json"],
        "patchFormat": list(serving.patch_formats),
        "rest": [_rest(serving)],
    }


def _rest(serving: Serving) -> Resource:
    types = [*serving.owned, *serving.owners]
    rest: Resource = {
        "mode": "server",
        "resource": [_type(serving, type, types) for type in sorted(types)],
        "interaction": _codes(_of_the_system(serving)),
        "searchParam": [_column(code) for code in _COLUMNS],
        "operation": [_operation(each) for each in serving.operations if not each.type],
    }
    if serving.notes:
        rest["documentation"] = "\n\n".join(serving.notes)
    return {name: value for name, value in rest.items() if value}


def _of_the_system(serving: Serving) -> Iterator[str]:
    for (_, shape), code in serving.interactions.items():
        if not shape.startswith("[type]"):
            yield from ("transaction", "batch") if code == "transaction" else (code,)


def _type(serving: Serving, type: str, types: list[str]) -> Resource:
    codes = [code for (_, shape), code in serving.interactions.items() if shape.startswith("[type]")]
    if type in serving.owners:
        codes = [code for code in codes if code in serving.reading and not code.startswith("history")]
    described: Resource = {
        "type": type,
        "profile": f"http://hl7.org/fhir/StructureDefinition/{type}",
        "documentation": _documentation(serving, type),
        "interaction": _codes(codes),
        "versioning": "versioned-update",
        "readHistory": "history-instance" in codes,
        "updateCreate": "update" in codes,
        "conditionalCreate": "create" in codes,
        "conditionalRead": "full-support",
        "conditionalUpdate": ("PUT", "[type]") in serving.interactions and "update" in codes,
        "conditionalDelete": "single" if ("DELETE", "[type]") in serving.interactions and "delete" in codes else "not-supported",
        "referencePolicy": ["literal", "logical", "local"],
        "searchInclude": sorted(["*", *(f"{type}:{each.code}" for each in _references(type))]),
        "searchRevInclude": sorted(_pointing_at(type, types)),
        "searchParam": [*(_column(code) for code in _COLUMNS), *(_parameter(each) for each in parameters(type).values())],
        "operation": [_operation(each) for each in serving.operations if each.type == type],
    }
    return {name: value for name, value in described.items() if value not in ("", [])}


def _documentation(serving: Serving, type: str) -> str:
    notes = [f"{name} is not served: {why}." for name, why in absent(type).items()]
    if type in serving.owners:
        notes.insert(0, f"A copy to read and search, kept up to date by events. Its owner is {serving.owners[type]}")
    return "\n\n".join(notes)


def _references(type: str) -> Iterator[Parameter]:
    return (each for each in parameters(type).values() if each.kind == "reference")


def _pointing_at(type: str, types: Iterable[str]) -> Iterator[str]:
    for source in types:
        for each in _references(source):
            if not each.targets or type in each.targets:
                yield f"{source}:{each.code}"


def _codes(codes: Iterable[str]) -> list[Resource]:
    """Each once, and only what the value set knows (an operation is no interaction)."""
    return [{"code": code} for code in dict.fromkeys(codes) if code in _CODES]


_CODES = frozenset(
    {"read", "vread", "update", "patch", "delete", "history-instance", "history-type", "create", "search-type"}
    | {"transaction", "batch", "search-system", "history-system"}
)
"""http://hl7.org/fhir/R4/valueset-type-restful-interaction.html, valueset-system-restful-interaction.html"""


def _column(code: str) -> Resource:
    return {"name": code, "definition": url_of(code), "type": _COLUMNS[code]}


def _parameter(parameter: Parameter) -> Resource:
    return {"name": parameter.code, "definition": parameter.url, "type": parameter.kind}


def _operation(operation: Invocable) -> Resource:
    own = f"urn:careloom:operation:{operation.type}-{operation.name.removeprefix('$')}"
    definition = _official().get(f"{operation.type or 'Resource'}.{operation.name}", own)
    if operation.name == "$validate":
        definition = "http://hl7.org/fhir/OperationDefinition/Resource-validate"
    described = {"name": operation.name.removeprefix("$"), "definition": definition}
    return described | ({"documentation": operation.about} if operation.about else {})


@cache
def _official() -> Any:
    return json.loads((files("shared.fhir.r4") / "operations.json").read_text())["operations"]
