"""A part of a resource, where the client asks for no more: `_summary` and `_elements`, marked with the tag SUBSETTED.

http://hl7.org/fhir/R4/search.html#summary, #elements
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from shared.fhir import text
from shared.fhir.issue import Resource
from shared.fhir.refusal import Malformed

SUMMARIES = frozenset({"true", "text", "data", "count", "false"})

SUBSETTED = {"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}

_ALWAYS = frozenset({"resourceType", "id", "meta", "implicitRules", "modifierExtension"})


@dataclass(frozen=True, slots=True)
class Subset:
    """What of a resource is wanted. `elements` go before `summary`; an element may stand with its type, `Patient.name`."""

    summary: str = ""
    elements: tuple[str, ...] = ()

    @property
    def is_whole(self) -> bool:
        return not self.elements and self.summary in ("", "false", "count")

    def of(self, stored: bytes) -> bytes:
        """The text of the wanted part."""
        if self.is_whole:
            return stored
        resource = text.load(stored)
        shown = self._shown(resource)
        meta = dict(shown.get("meta", {}))
        meta["tag"] = [tag for tag in meta.get("tag", ()) if tag.get("code") != "SUBSETTED"] + [SUBSETTED]
        return text.dump(shown | {"meta": meta})

    def _shown(self, resource: Resource) -> Resource:
        elements = _elements_of(resource["resourceType"])
        mandatory = dict.fromkeys(elements["mandatory"], 1)
        if self.elements:
            return _pruned(resource, mandatory | dict.fromkeys(_named(resource, self.elements), 1))
        match self.summary:
            case "data":
                return {key: value for key, value in resource.items() if key != "text"}
            case "text":
                return _pruned(resource, mandatory | {"text": 1})
            case _:
                return _pruned(resource, mandatory | elements["summary"])


WHOLE = Subset()


def subset_of(summary: str | None, elements: str | None) -> Subset:
    """Raises Malformed for a `_summary` that there is not."""
    if summary is not None and summary not in SUMMARIES:
        raise Malformed(f"_summary is one of true, text, data, count and false, not {summary}")
    return Subset(summary or "", tuple(name.strip() for name in (elements or "").split(",") if name.strip()))


def _pruned(resource: Resource, tree: Mapping[str, Any]) -> Resource:
    return dict(_branches(resource, tree))


def _branches(part: Mapping[str, Any], tree: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in part.items():
        wanted: Any = 1 if key in _ALWAYS else tree.get(key.removeprefix("_"))
        if wanted == 1:
            yield key, value
        elif wanted:
            yield key, [_pruned(each, wanted) for each in value] if isinstance(value, list) else _pruned(value, wanted)


def _named(resource: Resource, elements: tuple[str, ...]) -> Iterator[str]:
    """The keys that are meant: `value` is `valueQuantity` too; of `name.family` the whole `name` is given."""
    type = resource["resourceType"]
    names = {name.removeprefix(f"{type}.").partition(".")[0].removesuffix("[x]") for name in elements}
    endings = _content()["choices"]
    for key in resource:
        if key in names or any(key.startswith(name) and key[len(name) :] in endings for name in names):
            yield key


def _elements_of(type: str) -> Any:
    return _content()["types"].get(type, {"summary": {}, "mandatory": []})


@cache
def _content() -> Any:
    content = json.loads((files("shared.fhir.r4") / "summary.json").read_text())
    return content | {"choices": frozenset(content["choices"])}
