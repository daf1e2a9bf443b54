"""The R4 gate: what passes is legal FHIR R4 4.0.1, compiled from the official definitions (shared/fhir/r4).

`check` answers the fast way, one compiled schema, for what is right; only what that refuses is looked at again for words.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice
from typing import Any, Final

import orjson

from shared.fhir.gate.compiled import Compiled, compiled
from shared.fhir.gate.contained import contained_types, orphans
from shared.fhir.gate.definitions import is_resource_type
from shared.fhir.gate.issues import MOST_ISSUES, expression, issues_of
from shared.fhir.gate.portion import CROWDED, portion
from shared.fhir.issue import Issue, Resource
from shared.fhir.text import dump

_prepared: Final[dict[str, Compiled]] = {}

_HOLDS_RESOURCES: Final = frozenset({"Bundle", "Parameters"})


def prepare(types: Iterable[str]) -> None:
    """Compile the schemas of these types now, together; others are compiled when first met."""
    wanted = sorted(set(types) - set(_prepared))
    if wanted:
        _prepared.update(dict.fromkeys(wanted, compiled(wanted)))


def check(resource: Resource, type: str | None = None) -> list[Issue]:
    """What is not legal R4 about a parsed resource, each with status 400 or 422; none if it is legal.

    `type` is the type that the address demands. Numbers are int, float, Decimal, or such that keep their text (shared.fhir.text).
    """
    named = resource.get("resourceType") if isinstance(resource, dict) else None
    problem = _about_type(resource, named, type)
    if problem:
        return [problem]
    try:
        return list(islice(_checked(resource, str(named)), MOST_ISSUES))
    except ValueError:  # a number that keeps its text, which the compiled schema doesn't know
        return list(islice(_checked(orjson.loads(dump(resource)), str(named)), MOST_ISSUES))


def _compiled(type: str) -> Compiled:
    return _prepared.get(type) or _compiled_late(type)


@lru_cache(maxsize=16)
def _compiled_late(type: str) -> Compiled:
    """A compiled schema takes 5 MB on its own, next to nothing among others: only so many strangers are kept."""
    return compiled([type])


def _checked(resource: Resource, at: str) -> Iterator[Issue]:
    type = resource["resourceType"]
    if not _compiled(type).allows(resource):
        yield from _refused(resource, at, contained_types(resource))
    if "contained" in resource:
        yield from orphans(resource, at)
        yield from _inner(resource["contained"], f"{at}.contained", contained_types(resource))
    if type in _HOLDS_RESOURCES:
        for inner, path in _held(resource, at):
            yield from _resource_at(inner, path)


def _refused(resource: Resource, at: str, contained: dict[str, str]) -> list[Issue]:
    gate = _compiled(resource["resourceType"])
    part = portion(resource, lambda one: not gate.allows(one))
    if part.crowded is not None:
        about = expression(at, part.whole(part.crowded))
        return [Issue(f"this has more than {CROWDED} elements; no type of R4 has", about, "structure", status=400)]
    return issues_of(gate.errors(part.resource), gate.schema, at, contained, part)


def _inner(contained: Any, at: str, types: dict[str, str]) -> Iterator[Issue]:
    for index, inner in enumerate(contained if isinstance(contained, list) else ()):
        path = f"{at}[{index}]"
        if not isinstance(inner, dict):
            continue
        problem = _about_type(inner, inner.get("resourceType"), None, path)
        if problem:
            yield problem
        elif not _compiled(inner["resourceType"]).allows(inner):
            yield from _refused({key: value for key, value in inner.items() if key != "contained"}, path, types)


def _held(resource: Resource, at: str) -> Iterator[tuple[Any, str]]:
    """The resources in a Bundle's entries or in Parameters, and where they stand."""
    for index, entry in _entries(resource, "entry"):
        yield from _present(entry, "resource", f"{at}.entry[{index}]")
        if isinstance(entry.get("response"), dict):
            yield from _present(entry["response"], "outcome", f"{at}.entry[{index}].response")
    yield from _parameters(resource, "parameter", at)


def _parameters(holder: Any, name: str, at: str) -> Iterator[tuple[Any, str]]:
    for index, entry in _entries(holder, name):
        path = f"{at}.{name}[{index}]"
        yield from _present(entry, "resource", path)
        yield from _parameters(entry, "part", path)


def _present(holder: Any, name: str, at: str) -> Iterator[tuple[Any, str]]:
    if isinstance(holder.get(name), dict):
        yield holder[name], f"{at}.{name}"


def _entries(holder: Any, name: str) -> Iterator[tuple[int, Any]]:
    found = holder.get(name)
    return ((index, entry) for index, entry in enumerate(found if isinstance(found, list) else ()) if isinstance(entry, dict))


def _resource_at(resource: Any, at: str) -> Iterator[Issue]:
    problem = _about_type(resource, resource.get("resourceType"), None, at)
    if problem:
        yield problem
    else:
        yield from _checked(resource, at)


def _about_type(resource: object, named: object, wanted: str | None, at: str = "") -> Issue | None:
    if not isinstance(resource, dict):
        return Issue("a resource is a JSON object", at, "structure", status=400)
    if named is None:
        return Issue("resourceType is missing", at and f"{at}.resourceType", "structure", status=400)
    if not is_resource_type(named):
        return Issue(f"{named!r} is not a resource type of R4", at and f"{at}.resourceType", "structure", status=400)
    if wanted is not None and named != wanted:
        return Issue(f"the resource is a {named}, not a {wanted}", "resourceType", "structure", status=400)
    return None
