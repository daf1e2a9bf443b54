"""Whether two descriptions are of one person: the evidence of each field, summed up, and what no sum outweighs. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from math import exp2, inf
from typing import Final, Literal

from . import comparing
from .person import Name, Person
from .weights import BITS, CERTAIN, POSSIBLE, PRIOR, PROBABLE

Grade = Literal["certain", "probable", "possible", "certainly-not"]
"""http://hl7.org/fhir/R4/valueset-match-grade.html"""

GUIDE: Final = {"name": 3, "birth": 2, "own": 10, "first": 4, "more": 5}
"""What agrees is also weighed as the US guide weighs what is asked with: first and last name 3, date of birth 2, a number of
one's own 10, an address, phone, email or other number 4, two or more of these 5. From 10 on one person is meant.
http://hl7.org/fhir/us/identity-matching/STU1/patient-matching.html (Patient Weighted Elements)"""

ONE_PERSON: Final = 10


@dataclass(frozen=True, slots=True)
class Part:
    """What one field says: how far it agrees, and the evidence in bits (below 0: against)."""

    field: str
    level: str
    bits: float


@dataclass(frozen=True, slots=True)
class Score:
    """`limit` says in words what keeps the grade below what the sum would give, and `ceiling` the bits that are left."""

    parts: tuple[Part, ...]
    limit: str = ""
    ceiling: float = inf

    @property
    def bits(self) -> float:
        return min(PRIOR + sum(part.bits for part in self.parts), self.ceiling)

    @property
    def value(self) -> float:
        """The probability that they are one, 0..1."""
        return 1 / (1 + exp2(-max(min(self.bits, 60), -60)))

    @property
    def grade(self) -> Grade:
        bits = self.bits
        if bits >= CERTAIN:
            return "certain"
        return "probable" if bits >= PROBABLE else "possible" if bits >= POSSIBLE else "certainly-not"

    def __str__(self) -> str:
        said = [f"{part.field} {part.level} {part.bits:+.1f}" for part in self.parts]
        return "; ".join([*said, *([self.limit] if self.limit else [])])


FIELDS: Final[tuple[tuple[str, Callable[[Person, Person], str | None]], ...]] = (
    ("identifier", comparing.identifier),
    ("birth", comparing.birth),
    ("gender", comparing.gender),
    ("phone", comparing.phone),
    ("email", comparing.email),
    ("address", comparing.address),
)


def score(a: Person, b: Person) -> Score:
    """Symmetrical; what one of them does not say is no evidence."""
    parts = (*_of_names(a, b), *(_part(field, level) for field, compare in FIELDS if (level := compare(a, b))))
    levels = {part.field: part.level for part in parts}
    for limit, ceiling, holds in LIMITS:
        if holds(a, b, levels):
            return Score(parts, limit, ceiling)
    return Score(parts)


def guide_weight(a: Person, b: Person, levels: dict[str, str]) -> int:
    """What agrees, by the guide's weights."""
    weight = GUIDE["name"] * _names_agree(levels) + GUIDE["birth"] * (levels.get("birth") in BIRTH_AGREES)
    own = comparing.own_number(a, b)
    others = _others_agree(levels) - own
    return weight + GUIDE["own"] * own + (GUIDE["more"] if others > 1 else GUIDE["first"] if others == 1 else 0)


BIRTH_AGREES: Final = frozenset({"same", "swapped", "close"})

Levels = dict[str, str]
Limit = tuple[str, float, Callable[[Person, Person, Levels], bool]]

_DOUBT, _NO_CERTAINTY = PROBABLE - 0.1, CERTAIN - 0.1


def _other_given_name(_: Person, __: Person, levels: Levels) -> bool:
    return levels.get("given") == "other"


def _other_generation(a: Person, b: Person, _: Levels) -> bool:
    return bool(a.generation and b.generation and a.generation != b.generation)


def _other_birth_date(a: Person, b: Person, levels: Levels) -> bool:
    return levels.get("birth") == "other" and not comparing.own_number(a, b)


def _nothing_but_a_household(a: Person, b: Person, levels: Levels) -> bool:
    told_apart = _given_agrees(levels) and ("birth" in levels or levels.get("email") == "same")
    return not (told_apart or comparing.own_number(a, b))


def _half_a_birth_date(_: Person, __: Person, levels: Levels) -> bool:
    return levels.get("birth") != "same" and not _others_agree(levels) and levels.get("middle") != "same"


def _other_number(_: Person, __: Person, levels: Levels) -> bool:
    return levels.get("identifier") == "other" and not _others_agree(levels)


def _too_little(a: Person, b: Person, levels: Levels) -> bool:
    return guide_weight(a, b, levels) < ONE_PERSON


LIMITS: Final[tuple[Limit, ...]] = (
    ("another given name: a twin, or somebody of the household", _DOUBT, _other_given_name),
    ("junior and senior", _DOUBT, _other_generation),
    ("another birth date: a parent or a child of the same name", _DOUBT, _other_birth_date),
    ("no given name and birth date to tell people of a household apart", _DOUBT, _nothing_but_a_household),
    ("a birth date that agrees in part, and nothing beside the name", _DOUBT, _half_a_birth_date),
    ("another number of their own, and nothing beside name and birth date", _DOUBT, _other_number),
    ("too little agrees to be certain", _NO_CERTAINTY, _too_little),
)
"""What no sum outweighs; the first that holds."""


def _of_names(a: Person, b: Person) -> tuple[Part, ...]:
    """Of all names that were said, those that agree best."""
    found = [tuple(_of_two_names(one, other)) for one, other in product(a.names, b.names)]
    return max(found, key=lambda parts: sum(part.bits for part in parts), default=())


def _of_two_names(a: Name, b: Name) -> Iterator[Part]:
    if comparing.family(a, b) == "other" and comparing.swapped(a, b):
        yield _part("name", "swapped")
        return
    for field, compare in (("family", comparing.family), ("given", comparing.given), ("middle", comparing.middle)):
        if level := compare(a, b):
            yield _part(field, level)


def _others_agree(levels: Levels) -> int:
    return sum(levels.get(field) in ("same", "close") for field in ("address", "phone", "email", "identifier"))


def _names_agree(levels: Levels) -> bool:
    return "name" in levels or (_given_agrees(levels) and levels.get("family", "other") != "other")


def _given_agrees(levels: Levels) -> bool:
    return "name" in levels or levels.get("given", "other") not in ("other", "initial")


def _part(field: str, level: str) -> Part:
    return Part(field, level, BITS[field, level])
