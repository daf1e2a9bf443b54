"""The condensed R4 definitions as values: groups of elements (a type, or a backbone element of it); bound codes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

import orjson

_FOLDER: Final = Path(__file__).parents[1] / "r4"

# Types that are JSON values, not objects.
PRIMITIVES: Final = frozenset(
    [
        "base64Binary", "boolean", "canonical", "code", "date", "dateTime", "decimal", "id", "instant", "integer", "markdown",
        "oid", "positiveInt", "string", "time", "unsignedInt", "uri", "url", "uuid", "xhtml",
    ]
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Variant:
    """One JSON name of an element: the element itself, or one type of a choice."""

    name: str
    type: str

    @property
    def is_primitive(self) -> bool:
        return self.type in PRIMITIVES


@dataclass(frozen=True, slots=True)
class Element:
    """A variant's `type` is a data type, `Resource`, or the path of a group (`CarePlan.activity`). `maximum` 0: any number."""

    name: str
    variants: tuple[Variant, ...]
    minimum: int = 0
    maximum: int = 1
    targets: tuple[str, ...] = ()
    binding: str = ""
    invariants: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_list(self) -> bool:
        return self.maximum != 1

    @property
    def is_choice(self) -> bool:
        return len(self.variants) > 1


@dataclass(frozen=True, slots=True)
class Group:
    """What one JSON object may hold. `type` is the resource or data type that defines it."""

    path: str
    type: str
    is_resource: bool
    elements: Mapping[str, Element]
    invariants: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Codes:
    """A required binding: codes by system, or the name of the syntax of a code system that can't be listed."""

    codes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    syntax: str = ""
    system: str = ""

    @property
    def any_system(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(code for codes in self.codes.values() for code in codes))


def resource_types() -> tuple[str, ...]:
    """All concrete R4 resource types, in alphabetical order."""
    return tuple(name for name, type in _types().items() if type["kind"] == "resource")


def is_resource_type(name: object) -> bool:
    return isinstance(name, str) and _types().get(name, {}).get("kind") == "resource"


@cache
def group(path: str) -> Group:
    """The group at `CarePlan`, `CarePlan.activity`, `Period` …"""
    type = path.partition(".")[0]
    found = _types()[type]
    raw = found["groups"][path]
    is_resource = found["kind"] == "resource" and path == type
    elements = {name.removesuffix("[x]"): _element(name, spec, is_resource) for name, spec in raw["elements"].items()}
    return Group(path, type, is_resource, elements, raw.get("invariants", {}))


def groups_of(type: str) -> tuple[Group, ...]:
    return tuple(group(path) for path in _types()[type]["groups"])


def invariants_of_abstract(type: str) -> Mapping[str, str]:
    """The invariants that hold for everything derived from `Element`, `DomainResource` …"""
    found: Mapping[str, str] = _types()[type]["groups"][type].get("invariants", {})
    return found


def sentence(key: str) -> str:
    """What an invariant says, for people: `app-3`, `Task.inv-1`."""
    found: str = _read("sentences.json")["invariants"].get(key, "an invariant does not hold")
    return found


@cache
def codes(value_set: str) -> Codes | None:
    """None: HL7 doesn't publish the value set with R4."""
    found = _read("codes.json")["valueSets"].get(value_set)
    if found is None:
        return None
    return Codes(
        {system: tuple(codes) for system, codes in found.get("codes", {}).items()},
        found.get("syntax", ""),
        found.get("system", ""),
    )


def _element(name: str, spec: Mapping[str, Any], in_resource: bool) -> Element:
    plain = name.removesuffix("[x]")
    types = [spec["same"]] if "same" in spec else spec["types"]
    variants = tuple(Variant(_json_name(name, type), "id" if in_resource and name == "id" else type) for type in types)
    maximum = spec.get("max", "1")
    return Element(
        plain,
        variants,
        spec.get("min", 0),
        0 if maximum == "*" else int(maximum),
        tuple(spec.get("targets", ())),
        spec.get("binding", ""),
        spec.get("invariants", {}),
    )


def _json_name(name: str, type: str) -> str:
    if not name.endswith("[x]"):
        return name
    type = "Quantity" if type == "SimpleQuantity" else type
    return name.removesuffix("[x]") + type[0].upper() + type[1:]


@cache
def _types() -> Mapping[str, Any]:
    found: Mapping[str, Any] = _read("structures.json")["types"]
    return found


@cache
def _read(name: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = orjson.loads((_FOLDER / name).read_bytes())
    return found
