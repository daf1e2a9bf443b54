"""Finds words for what a schema refuses: one Issue for each defect, with the element's FHIRPath and the status of the refusal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, Final

from jsonschema_rs import ValidationError

from shared.fhir.gate.definitions import sentence
from shared.fhir.gate.portion import Portion
from shared.fhir.gate.primitives import Schema
from shared.fhir.issue import Issue

_KINDS: Final[Mapping[type, str]] = {dict: "an object", list: "a list", str: "a string", bool: "a boolean", type(None): "null"}

MOST_ISSUES: Final = 1_000
"""That are told. Who sends a million wrong elements is not answered at length."""


def issues_of(
    errors: Iterable[ValidationError], schema: Schema, at: str, contained: Mapping[str, str], part: Portion
) -> list[Issue]:
    """`at` is the FHIRPath of the checked resource, `contained` the types of what its local references may lead to, `part`
    what of it was looked at."""
    found = [
        issue
        for error in islice(errors, MOST_ISSUES)
        for issue in _issues(error, schema, expression(at, part.whole(error.instance_path[1:])), contained)
    ]
    return list(_without_echoes(found))


def _issues(error: ValidationError, schema: Schema, path: str, contained: Mapping[str, str]) -> Iterator[Issue]:
    rule, _, about = _rule(error.schema_path, schema).partition(" ")
    if rule == "target":
        yield from _target(error, path, about, contained)
    elif rule in _RULES:
        yield _RULES[rule](error, path, about)
    else:
        yield from _plain(error, path)


def expression(at: str, path: Iterable[str | int]) -> str:
    """`CarePlan`, `["activity", 0, "detail"]` → `CarePlan.activity[0].detail`; a companion `_birthDate` is its element."""
    return at + "".join(f"[{step}]" if isinstance(step, int) else "." + step.removeprefix("_") for step in path)


def _rule(path: list[str | int], schema: Schema) -> str:
    """The `$comment` nearest to the keyword that refused; "" if the keyword speaks for itself."""
    here: Any = schema
    found = ""
    for step in path:
        if isinstance(here, dict) and "$comment" in here:
            found = here["$comment"]
        try:
            here = here[step]
        except (KeyError, IndexError, TypeError):
            break
    return found


def _target(error: ValidationError, path: str, about: str, contained: Mapping[str, str]) -> Iterator[Issue]:
    value, types = error.instance, about.split()
    if not isinstance(value, str):
        return  # the reference's own schema says so
    if value.startswith("#"):
        led = contained.get(value[1:])
        if led is None:
            yield Issue(f"there is no contained resource for {value!r} (ref-1)", path.removesuffix(".reference"), "invariant")
        elif types and led not in types:
            yield Issue(f"{value!r} is a {led}; this must be a reference to {_or(types)}", path, "structure")
        return
    named = f"this must be a reference to {_or(types)}" if types else "this must be Type/id or an address"
    yield Issue(f"{_short(value)}: {named}", path, "structure")


def _missing(_: ValidationError, path: str, about: str) -> Issue:
    return Issue(f"{about} is required", f"{path}.{about}", "required")


def _choice(_: ValidationError, path: str, about: str) -> Issue:
    return Issue(f"{about}[x] has values of two types", f"{path}.{about}", "structure", status=400)


def _invariant(_: ValidationError, path: str, about: str) -> Issue:
    return Issue(f"{sentence(about)} ({about})", path, "invariant")


def _lone(_: ValidationError, path: str, about: str) -> Issue:
    return Issue("an element without value must have an extension (ele-1)", f"{path}.{about}", "invariant")


def _binding(error: ValidationError, path: str, about: str) -> Issue:
    value = error.instance
    if isinstance(value, dict):
        return Issue(f"no coding of this is in the required value set {about}", path, "code-invalid")
    if not isinstance(value, str):
        return Issue(f"{_kind(value)} stands where a code is expected", path, "structure", status=400)
    if not value or value != " ".join(value.split()) or any(ord(letter) < 32 for letter in value):
        return Issue(f"{_short(value)} is not a code", path, "value", status=400)
    return Issue(f"{_short(value)} is not in the required value set {about}", path, "code-invalid")


def _null(_: ValidationError, path: str, __: str) -> Issue:
    return Issue("null is only allowed beside an extension of the same entry", path, "structure", status=400)


def _minimum(_: ValidationError, path: str, about: str) -> Issue:
    return Issue(f"at least {about} of this are required", path, "required")


_RULES: Final = {
    "missing": _missing,
    "choice": _choice,
    "invariant": _invariant,
    "lone": _lone,
    "binding": _binding,
    "null": _null,
    "minimum": _minimum,
}


def _plain(error: ValidationError, path: str) -> Iterator[Issue]:
    kind, value = error.kind, error.instance
    match kind.name:
        case "additionalProperties":
            for name in kind.as_dict()["unexpected"]:
                yield Issue(f"{_short(name)} is not an element of this", f"{path}.{name}", "structure", status=400)
        case "required":
            name = str(kind.as_dict()["property"])
            yield Issue(f"{name} is required", f"{path}.{name}", "required")
        case "type":
            yield _wrong_type(value, kind.as_dict(), path)
        case "minProperties" | "minItems":
            empty = "{}" if kind.name == "minProperties" else "[]"
            yield Issue(f"{empty} is not allowed: leave out what has no value", path, "structure", status=400)
        case "maxItems":
            yield Issue("there are too many of this", path, "structure")
        case "const":
            yield Issue(f"the type {_short(str(value))} does not fit here", path, "structure", status=400)
        case "narrative":
            yield Issue(error.message, path, "invariant")
        case "pairs":
            yield Issue("a null must have an extension beside it", f"{path}.{error.message}", "structure", status=400)
        case _:
            yield Issue(f"{_short(value)} is not a valid value", path, "value", status=400)


def _wrong_type(value: Any, kind: Mapping[str, Any], path: str) -> Issue:
    wanted = kind.get("types") or kind.get("type") or "another type"
    expected = " or ".join(wanted) if isinstance(wanted, list) else wanted
    return Issue(f"{_kind(value)} stands where {expected} is expected", path, "structure", status=400)


def _without_echoes(found: list[Issue]) -> Iterator[Issue]:
    """One issue for one defect: what is malformed is not said to be wrong in other ways as well."""
    malformed = {issue.expression for issue in found if issue.status == 400}
    holders = {expression.rpartition(".")[0] for expression in malformed}
    said: set[tuple[str, str]] = set()
    for issue in found:
        echo = issue.status != 400 and (
            issue.expression in malformed or (issue.message.endswith("(ext-1)") and issue.expression in holders)
        )
        key = (issue.expression, "" if issue.status == 400 else issue.message)
        if not echo and key not in said:
            said.add(key)
            yield issue


def _kind(value: object) -> str:
    return _KINDS.get(type(value), "a number")


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"


def _or(types: list[str]) -> str:
    return types[0] if len(types) == 1 else ", ".join(types[:-1]) + " or " + types[-1]
