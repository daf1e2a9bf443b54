"""The FHIRPath of the official search parameters, as steps. They use a small part of the language; anything else is an error."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_ALTERNATIVES = re.compile(r"\|(?![^(]*\))")
_CAST = re.compile(r"\((.+?) as (\w+)\)(.*)")
_TRUTH = re.compile(r"([\w.]+)\.exists\(\) and \1 != false")
_STEP = re.compile(
    r"as\((?P<as>\w+)\)|ofType\((?P<of>\w+)\)|where\(resolve\(\) is (?P<is>\w+)\)|where\((?P<key>\w+)='(?P<value>[\w-]+)'\)"
    r"|(?P<field>\w+)(?:\[(?P<index>\d+)\])?"
)


@dataclass(frozen=True, slots=True)
class Step:
    """`kind` is field, as, is, where (`system=phone`), index, or truth (present and not false)."""

    kind: str
    name: str


def alternatives(expression: str, type: str | None) -> list[str]:
    """The parts of a union, for a type only those that begin at it (or at every resource); one parameter names no type at all."""
    parts = [part.strip() for part in _ALTERNATIVES.split(expression)]
    if type is None:
        return parts
    parts = [f"{type}.{part}" if part[0].islower() else part for part in parts]
    return [part for part in parts if re.match(r"\(*(\w+)", part)[1] in (type, "Resource", "DomainResource")]  # type: ignore[index]


def steps_of(expression: str) -> list[Step]:
    """Raises ValueError for what is not one of the known forms."""
    if truth := _TRUTH.fullmatch(expression):
        return [*steps_of(truth[1]), Step("truth", "")]
    if cast := _CAST.fullmatch(expression):
        rest = steps_of(cast[3].removeprefix(".")) if cast[3] else []
        return [*steps_of(cast[1]), Step("as", cast[2]), *rest]
    return list(_steps(expression))


def _steps(expression: str) -> Iterator[Step]:
    place = 0
    while place < len(expression):
        match = _STEP.match(expression, place)
        if match is None:
            raise ValueError(f"{expression} at {place}")
        found = match.groupdict()
        if found["as"] or found["of"]:
            yield Step("as", found["as"] or found["of"])
        elif found["is"]:
            yield Step("is", found["is"])
        elif found["key"]:
            yield Step("where", f"{found['key']}={found['value']}")
        else:
            yield Step("field", found["field"])
            if found["index"]:
                yield Step("index", found["index"])
        place = match.end() + 1
