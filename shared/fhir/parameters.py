"""The search parameters of R4: which a type has, of what kind, and where in a resource their values stand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from importlib.resources import files
from typing import Any, Literal

Kind = Literal["token", "reference", "date", "string", "number", "quantity", "uri", "composite"]

COMMON = ("_profile", "_security", "_source", "_tag")
"""Parameters of every type that are indexed as any other. (`_id` and `_lastUpdated` are columns of the store.)"""


@dataclass(frozen=True, slots=True)
class Found:
    """One place of values: `path` is made of JSON keys (`[]` a list, `[0]` its first, `{system=phone}` a condition).

    `type` is the data type there, `only` the type a reference must have, `system` the code system that the binding implies.
    """

    path: str
    type: str
    only: str = ""
    system: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A component of a composite, seen from where the composite stands."""

    kind: Kind
    found: tuple[Found, ...]


@dataclass(frozen=True, slots=True)
class Context:
    """An element in which a composite's components belong together."""

    path: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A search parameter of one type. `hash` is its stable number in the index tables, `bit` its place in a resource's shape.

    `expression` is the official FHIRPath, which `found` was made from.
    """

    type: str
    code: str
    kind: Kind
    url: str
    hash: int
    bit: int
    expression: str = ""
    found: tuple[Found, ...] = ()
    targets: tuple[str, ...] = ()
    contexts: tuple[Context, ...] = ()

    def derived(self, modifier: str) -> int:
        """The number of the rows that a modifier (`text`, `identifier`, `of-type`) is answered from."""
        return number_of(f"{self.type}.{self.code}:{modifier}")


DERIVED = ("text", "identifier", "of-type")


def number_of(name: str) -> int:
    """A stable number of 31 bits: `Type.code`, or `Type.code:modifier`."""
    return int.from_bytes(blake2b(name.encode(), digest_size=4).digest()) >> 1


@cache
def parameters(type: str) -> Mapping[str, Parameter]:
    """All parameters of a type by code, without `_id` and `_lastUpdated`. A type without its own has the common ones."""
    content = _content()
    own = content["types"].get(type, {})
    common = {code: content["types"]["Resource"][code] for code in COMMON}
    return {code: _parameter(type, code, bit, found) for bit, (code, found) in enumerate(sorted((common | own).items()))}


@cache
def resource_types() -> frozenset[str]:
    """Every resource type of R4."""
    return frozenset(_content()["types"]) - {"Resource", "DomainResource"}


def absent(type: str) -> Mapping[str, str]:
    """Official parameters of a type that are not served, and why."""
    return {name.partition(".")[2]: why for name, why in _content()["absent"].items() if name.startswith(f"{type}.")}


def url_of(code: str) -> str:
    """The official definition of `_id`, `_lastUpdated` or another parameter of every type."""
    return str(_content()["types"]["Resource"][code]["url"])


@cache
def fingerprint(type: str) -> str:
    """Changes with the type's parameters: what was indexed with others is indexed anew."""
    return blake2b(repr(sorted(parameters(type).items())).encode(), digest_size=8).hexdigest()


@cache
def _content() -> dict[str, Any]:
    content: dict[str, Any] = json.loads((files("shared.fhir.r4") / "search-parameters.json").read_bytes())
    return content


def _parameter(type: str, code: str, bit: int, found: dict[str, Any]) -> Parameter:
    return Parameter(
        type=type,
        code=code,
        kind=found["kind"],
        url=found["url"],
        hash=number_of(f"{type}.{code}"),
        bit=bit,
        expression=found.get("expression", ""),
        found=tuple(Found(**path) for path in found.get("paths", ())),
        targets=tuple(found.get("targets", ())),
        contexts=tuple(
            Context(
                context["path"], tuple(Part(part["kind"], tuple(Found(**p) for p in part["paths"])) for part in context["parts"])
            )
            for context in found.get("contexts", ())
        ),
    )
