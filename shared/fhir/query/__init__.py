"""Parses the parameters of a search into values that the store can answer. http://hl7.org/fhir/R4/search.html"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.fhir.parameters import resource_types
from shared.fhir.query.atoms import Asked, Criterion
from shared.fhir.query.controls import Controls, Include, SortKey, control
from shared.fhir.query.criteria import criterion
from shared.fhir.refusal import Malformed

__all__ = ["Criterion", "Include", "Query", "SortKey", "criteria_of", "parse"]

Pair = tuple[str, str]

MOST_PAIRS = 200
"""Parameters of one search."""

_IN_NO_TEXT = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Query:
    """A search that is understood.

    `types` are those to search, all known ones for a search of the whole system (`everything`). `criteria` of a type all hold.
    `used` are the pairs that were honoured, for the self link (without the cursor); `unknown` the names that were not.
    `count` 0 asks for the number of matches only. `total` and `summary` are "" where nothing was said.
    """

    types: tuple[str, ...]
    everything: bool
    pairs: tuple[Pair, ...]
    criteria: dict[str, tuple[Criterion, ...]]
    controls: Controls
    used: tuple[Pair, ...]
    unknown: tuple[str, ...]
    now: datetime

    @property
    def count(self) -> int:
        return 0 if self.controls.summary == "count" else self.controls.count


def parse(type: str | None, pairs: Sequence[Pair], *, strict: bool = False, now: datetime, base: str = "") -> Query:
    """A search of a type, or (None) of the types in `_type` or of all. References to `base`, the server's address, are local.

    Raises Malformed for a wrong value always, with `strict` (`handling=strict`) for an unknown parameter too.
    """
    _check_number(pairs)
    types, pairs = (_types(pairs)) if type is None else ((type,), list(pairs))
    everything = not types
    types = types or tuple(sorted(resource_types()))
    asked = Asked(now, base.rstrip("/"))
    controls = Controls()
    criteria: dict[str, list[Criterion]] = {one: [] for one in types}
    used: list[Pair] = []
    unknown: list[str] = []
    for name, value in pairs:
        _check_characters(name, value)
        named = name == "_type" and type is None
        if named or control(controls, types, name, value) or _criteria(criteria, name, value, asked):
            used.append((name, value))
        else:
            unknown.append(name)
    if unknown and strict:
        raise Malformed(*(f"there is no search parameter {name} of {type or 'every type'}" for name in unknown))
    kept = tuple([pair for pair in used if pair[0] != "_cursor"])
    found = {one: tuple(criteria[one]) for one in types}
    return Query(types, everything, tuple(pairs), found, controls, kept, tuple(dict.fromkeys(unknown)), now)


def criteria_of(type: str, pairs: Sequence[Pair], now: datetime) -> tuple[Criterion, ...]:
    """The criteria of a conditional form. Raises Malformed for wrong values and for whatever is no criterion."""
    _check_number(pairs)
    found = []
    for name, value in pairs:
        _check_characters(name, value)
        one = criterion(type, name, value, Asked(now))
        if one is None:
            raise Malformed(f"there is no search parameter {name} of {type}")
        found.append(one)
    return tuple(found)


def _types(pairs: Sequence[Pair]) -> tuple[tuple[str, ...], list[Pair]]:
    named = [one.strip() for name, value in pairs if name == "_type" for one in value.split(",")]
    if wrong := [one for one in named if one not in resource_types()]:
        raise Malformed(f"_type={wrong[0]}: there is no such type")
    return tuple(dict.fromkeys(named)), list(pairs)


def _criteria(into: dict[str, list[Criterion]], name: str, value: str, asked: Asked) -> bool:
    """Add what a pair asks of each type; False, and nothing added, if one of the types has no such parameter."""
    found = {type: criterion(type, name, value, asked) for type in into}
    if None in found.values():
        return False
    for type, one in found.items():
        if one is not None:
            into[type].append(one)
    return True


def _check_number(pairs: Sequence[Pair]) -> None:
    """Every pair is a condition in the statement, and databases take so many."""
    if len(pairs) > MOST_PAIRS:
        raise Malformed(f"a search has up to {MOST_PAIRS} parameters, this one has {len(pairs):,}")


def _check_characters(name: str, value: str) -> None:
    if not (value.isprintable() and name.isprintable()) and _IN_NO_TEXT.search(name + value):
        raise Malformed(f"{name} has a character that no text may have")
