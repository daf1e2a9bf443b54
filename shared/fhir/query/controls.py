"""The parameters that say how to answer, not what to find: `_sort`, `_count`, `_total`, `_summary`, `_include` and so on.

http://hl7.org/fhir/R4/search.html#return
"""

from __future__ import annotations

from dataclasses import dataclass, field

from shared.fhir.parameters import Parameter, parameters, resource_types
from shared.fhir.refusal import Malformed

DEFAULT_COUNT, MOST = 20, 1000
MOST_KEYS = 16
"""To sort by."""

SUMMARIES = ("true", "false", "text", "data", "count")
TOTALS = ("none", "estimate", "accurate")
OF_THE_DOOR = frozenset({"_format", "_pretty"})
"""Honoured by whoever prints the answer."""


@dataclass(frozen=True, slots=True)
class SortKey:
    """`parameter` is None for the columns of the store: `_id` and `_lastUpdated`."""

    code: str
    descending: bool


@dataclass(frozen=True, slots=True)
class Include:
    """`_include=source:code:target`: what resources of a type refer to, or (reverse) what of that type refers to them.

    `code` is `*` for every reference, `target` "" for any type. `again` (`:iterate`) is also done for what was included.
    """

    source: str
    code: str
    target: str = ""
    reverse: bool = False
    again: bool = False


@dataclass(slots=True)
class Controls:
    sort: tuple[SortKey, ...] = ()
    count: int = DEFAULT_COUNT
    total: str = ""
    summary: str = ""
    elements: tuple[str, ...] = ()
    includes: list[Include] = field(default_factory=list)
    cursor: str = ""


def control(into: Controls, types: tuple[str, ...], name: str, value: str) -> bool:
    """Take one pair if it is a control; whether it is. Raises Malformed for a wrong value of one."""
    if not name.startswith("_"):
        return False
    base, _, modifier = name.partition(":")
    if base in ("_include", "_revinclude"):
        into.includes += _includes(name, value, types, reverse=base == "_revinclude", again=_iterates(name, modifier))
        return True
    match name:
        case "_sort":
            into.sort = _sort(types, value.split(","))
        case "_count":
            into.count = _count(value)
        case "_total":
            into.total = _one_of(name, value, TOTALS)
        case "_summary":
            into.summary = _one_of(name, value, SUMMARIES)
        case "_elements":
            into.elements = tuple(part.strip().rpartition(".")[2] for part in value.split(",") if part.strip())
        case "_cursor":
            into.cursor = value
        case _:
            return name in OF_THE_DOOR
    return True


def sorted_by(type: str, key: SortKey) -> Parameter | None:
    """The parameter that sorts resources of a type; None for `_id` and `_lastUpdated`."""
    return parameters(type).get(key.code)


def _sort(types: tuple[str, ...], parts: list[str]) -> tuple[SortKey, ...]:
    if len(parts) > MOST_KEYS:
        raise Malformed(f"_sort has more than {MOST_KEYS} keys")
    return tuple(_sort_key(types, part.strip()) for part in parts)


def _sort_key(types: tuple[str, ...], part: str) -> SortKey:
    key = SortKey(part.removeprefix("-"), part.startswith("-"))
    if key.code in ("_id", "_lastUpdated"):
        return key
    for type in types:
        parameter = sorted_by(type, key)
        if parameter is None or parameter.kind == "composite":
            raise Malformed(f"_sort={part}: {type} can't be sorted by {key.code}")
    return key


def _count(value: str) -> int:
    if not value.isdecimal() or len(value) > 9:
        raise Malformed(f"_count={value} is no whole number from 0")
    return min(int(value), MOST)


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise Malformed(f"{name}={value} is none of {', '.join(allowed)}")
    return value


def _iterates(name: str, modifier: str) -> bool:
    if modifier not in ("", "iterate", "recurse"):
        raise Malformed(f"there is no {name}")
    return bool(modifier)


def _includes(name: str, value: str, types: tuple[str, ...], *, reverse: bool, again: bool) -> list[Include]:
    if value == "*":
        sources = ("*",) if reverse else types
        return [Include(source, "*", "", reverse, again) for source in sources]
    source, _, rest = value.partition(":")
    code, _, target = rest.partition(":")
    wrong = source not in resource_types() or not code or (target and target not in resource_types())
    if not wrong and code != "*":
        parameter = parameters(source).get(code)
        wrong = parameter is None or parameter.kind != "reference"
    if wrong:
        raise Malformed(f"{name}={value}: Type:reference or Type:reference:Target is its form")
    return [Include(source, code, target, reverse, again)]
