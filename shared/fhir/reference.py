"""References: what forms they have, where they stand in a resource, and pointing them elsewhere.

http://hl7.org/fhir/R4/references.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from shared.fhir.issue import Resource

Kind = Literal["relative", "absolute", "contained", "urn", "conditional", "canonical", "other"]

_LITERAL: Final = re.compile(
    r"(?:(?P<base>https?://[^?#|\s]+)/)?(?P<type>[A-Z][A-Za-z]+)/(?P<id>[A-Za-z0-9\-.]{1,64})"
    r"(?:/_history/(?P<version>[A-Za-z0-9\-.]{1,64}))?(?P<fragment>#.*)?"
)
_CONDITIONAL: Final = re.compile(r"(?P<type>[A-Z][A-Za-z]+)\?(?P<query>.+)")


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference taken apart. What its form does not have is ""; `url` is what stands before `|version` or `#fragment`."""

    kind: Kind
    url: str
    base: str = ""
    type: str = ""
    id: str = ""
    version: str = ""
    query: str = ""
    fragment: str = ""

    @property
    def target(self) -> str:
        """`Type/id` of a relative or absolute reference, else ""."""
        return f"{self.type}/{self.id}" if self.id else ""


@dataclass(frozen=True, slots=True)
class Found:
    """A reference in a resource: its FHIRPath (`CarePlan.subject.reference`) and its value."""

    path: str
    value: str


def parse(value: str) -> Reference:
    """Any text is a reference of some kind; `other` is what has no known form."""
    if value.startswith("#"):
        return Reference("contained", "", fragment=value[1:])
    if value.startswith(("urn:uuid:", "urn:oid:")):
        url, _, fragment = value.partition("#")
        return Reference("urn", url, fragment=fragment)
    if literal := _LITERAL.fullmatch(value):
        base, type, id, version, fragment = literal.group("base", "type", "id", "version", "fragment")
        url = value.partition("#")[0]
        return Reference("absolute" if base else "relative", url, base or "", type, id, version or "", "", (fragment or "")[1:])
    if asked := _CONDITIONAL.fullmatch(value):
        return Reference("conditional", value, type=asked["type"], query=asked["query"])
    url, bar, version = value.partition("|")
    if bar or url.startswith(("http://", "https://", "urn:")):
        url, _, fragment = url.partition("#")
        return Reference("canonical", url, version=version, fragment=fragment)
    return Reference("other", value)


def relative(value: str, base: str) -> str:
    """A reference below our own base address as `Type/id`; any other as it is."""
    ours = base.rstrip("/") + "/"
    return value.removeprefix(ours) if _LITERAL.fullmatch(value) else value


def references(resource: Mapping[str, Any]) -> Iterator[Found]:
    """Every `Reference.reference` in the resource, contained resources and extensions included, in document order."""
    yield from _references(resource, str(resource.get("resourceType", "")))


def _references(value: object, path: str) -> Iterator[Found]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if name == "reference" and isinstance(inner, str):
                yield Found(f"{path}.reference", inner)
            elif isinstance(inner, dict | list):
                yield from _references(inner, f"{path}.{name}")
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            if isinstance(inner, dict | list):
                yield from _references(inner, f"{path}[{place}]")


# --- pointing elsewhere

_ADDRESSES: Final = frozenset({"reference", "valueUri", "valueUrl", "valueUuid", "valueOid", "url", "uri", "source"})
"""Members that hold a reference or an element of type uri, url, uuid, oid. Canonicals and identifiers stay as they are."""

_LINK: Final = re.compile(r"""(\b(?:href|src)\s*=\s*)(["'])(.*?)\2""", re.DOTALL)


def rewritten(resource: Resource, targets: Mapping[str, str]) -> Resource:
    """The resource with every reference, address and narrative link that is a key of `targets` pointing to its value.

    A fragment (`urn:uuid:…#part`) stays behind the new target. The resource itself is not changed; what holds nothing
    to rewrite is shared with it, and without any match the very same resource is answered.
    http://hl7.org/fhir/R4/http.html#transaction (Replacing references)
    """
    if not targets:
        return resource
    answer: Resource = _rewritten_object(resource, targets)
    return answer


def _rewritten_object(value: dict[str, Any], targets: Mapping[str, str]) -> dict[str, Any]:
    changed = {}
    for name, inner in value.items():
        new = inner
        if isinstance(inner, dict):
            new = _rewritten_object(inner, targets)
        elif isinstance(inner, list):
            new = _rewritten_list(inner, targets)
        elif isinstance(inner, str):
            if name in _ADDRESSES:
                new = _pointed(inner, targets)
            elif name == "div":
                new = _LINK.sub(lambda link: link[1] + link[2] + _pointed(link[3], targets) + link[2], inner)
        if new is not inner and new != inner:
            changed[name] = new
    return {**value, **changed} if changed else value


def _rewritten_list(value: list[Any], targets: Mapping[str, str]) -> list[Any]:
    new = [_rewritten_object(inner, targets) if isinstance(inner, dict) else inner for inner in value]
    return value if all(one is other for one, other in zip(new, value, strict=True)) else new


def _pointed(value: str, targets: Mapping[str, str]) -> str:
    if value in targets:
        return targets[value]
    url, mark, fragment = value.partition("#")
    return targets[url] + mark + fragment if mark and url in targets else value
