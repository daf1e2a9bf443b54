"""What a search asks for, in pieces that each are one look into one index table. Pure values.

A `Criterion` holds if any of its atoms does (`,` in the address), or, negated, if none does; of a query all criteria hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Prefix = Literal["eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"]


@dataclass(frozen=True, slots=True)
class Asked:
    """When a search is asked (`ap` compares with now), and under which address (a reference to that is local).

    `known`: what was understood already, by type, name, value and depth. Chains meet the same again and again.
    """

    now: datetime
    base: str = ""
    known: dict[tuple[str, str, str, int], Criterion | None] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class TokenIs:
    """One of these codes; of this system, of none (0), or of any (None)."""

    param: int
    codes: tuple[str, ...]
    system: int | None = None


@dataclass(frozen=True, slots=True)
class TokenOf:
    """Any code of a system."""

    param: int
    system: int


@dataclass(frozen=True, slots=True)
class CodeBegins:
    """A uri that is this one, or below it."""

    param: int
    beginning: str


@dataclass(frozen=True, slots=True)
class RefersTo:
    param: int
    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DateIs:
    """A range compared with [low, high), µs since 1970 UTC. `ap` comes already widened."""

    param: int
    prefix: Prefix
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class UpdatedIs:
    """As DateIs, for the time of the last change."""

    prefix: Prefix
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class AmountIs:
    """A number or quantity compared with a value, or (`eq`, `ne`, `ap`) with the range [low, high) that its precision means."""

    param: int
    prefix: Prefix
    form: int
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class TextBegins:
    param: int
    beginning: str


@dataclass(frozen=True, slots=True)
class TextIs:
    """The text itself: `value` its key, `exact` its number."""

    param: int
    value: str
    exact: int


@dataclass(frozen=True, slots=True)
class TextContains:
    param: int
    part: str


@dataclass(frozen=True, slots=True)
class IdIs:
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Missing:
    """Whether the parameter with this bit has no value."""

    type: str
    bit: int
    missing: bool


@dataclass(frozen=True, slots=True)
class Linked:
    """A reference to a resource of a type for which criteria hold (a chain)."""

    param: int
    type: str
    criteria: tuple[Criterion, ...]


@dataclass(frozen=True, slots=True)
class Referred:
    """Being referred to, through a parameter, by a resource of a type for which criteria hold (`_has`)."""

    own: str
    param: int
    type: str
    criteria: tuple[Criterion, ...]


OwnAtom = (
    TokenIs
    | TokenOf
    | CodeBegins
    | RefersTo
    | DateIs
    | UpdatedIs
    | AmountIs
    | TextBegins
    | TextIs
    | TextContains
    | IdIs
    | Missing
)
"""What is asked of the resource itself."""

Atom = OwnAtom | Linked | Referred


@dataclass(frozen=True, slots=True)
class Criterion:
    """`ways`: in how many ways, along chains of references of many types, it may be fulfilled."""

    atoms: tuple[Atom, ...]
    negated: bool = False
    ways: int = field(default=1, compare=False)


def merged(atoms: Sequence[Atom]) -> tuple[Atom, ...]:
    """The same with alternatives that one look can find made one: hundreds of ids are no hundreds of looks."""
    if len(atoms) == 1:
        return (atoms[0],)
    alike: dict[object, list[Atom]] = {}
    for atom in atoms:
        alike.setdefault(_look(atom), []).append(atom)
    return tuple([_one(found) for found in alike.values()])


def _look(atom: Atom) -> object:
    """The same for what one look finds."""
    match atom:
        case TokenIs():
            return TokenIs, atom.param, atom.system
        case RefersTo():
            return RefersTo, atom.param
        case _:
            return atom


def _one(alike: Sequence[Atom]) -> Atom:
    """What is alike as one; equal atoms are one anyway."""
    first = alike[0]
    if len(alike) > 1 and isinstance(first, TokenIs):
        codes = tuple([code for one in alike if isinstance(one, TokenIs) for code in one.codes])
        return TokenIs(first.param, codes, first.system)
    if len(alike) > 1 and isinstance(first, RefersTo):
        return RefersTo(first.param, tuple([aim for one in alike if isinstance(one, RefersTo) for aim in one.targets]))
    return first
