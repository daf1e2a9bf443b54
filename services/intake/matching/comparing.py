"""How far two descriptions agree, field by field: the name of a level in weights.json, or None where one of them says nothing."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product

from rapidfuzz.distance import OSA, JaroWinkler

from shared.fhir.index.forms import sound

from .person import Address, Name, Person
from .weights import KNOWN, one_name

NEARLY, SOUNDS_ALIKE = 0.93, 0.85
"""Jaro-Winkler similarities."""

A_GENERATION = 15
"""Years. Birth dates that far apart are of two people, however alike they look."""


def family(a: Name, b: Name) -> str | None:
    if not a.family or not b.family:
        return None
    if a.family == b.family:
        return "former" if a.former or b.former else "same"
    short, long = sorted((a.family, b.family), key=len)
    if len(short) >= 4 and (long.startswith(short) or long.endswith(short)):
        return "part"
    return "close" if _alike(a.family, b.family) else "other"


def given(a: Name, b: Name) -> str | None:
    return _given(a, b) if a.given and b.given else None


def _given(a: Name, b: Name) -> str:
    if a.given == b.given:
        return "same"
    if one_name(a.given, b.given):
        return "nickname"
    if a.given in b.middle or b.given in a.middle:
        return "middle"
    if 1 in (len(a.given), len(b.given)) and a.given[0] == b.given[0]:
        return "initial"
    two_names = a.given in KNOWN and b.given in KNOWN
    return "close" if not two_names and _alike(a.given, b.given) else "other"


def middle(a: Name, b: Name) -> str | None:
    if not a.middle or not b.middle:
        return None
    pairs = list(product(a.middle, b.middle))
    if any(one == other for one, other in pairs):
        return "same"
    return "initial" if any(1 in (len(one), len(other)) and one[0] == other[0] for one, other in pairs) else "other"


def swapped(a: Name, b: Name) -> bool:
    """Whether the one's family name is the other's given name."""
    both = a.given and a.family and b.given and b.family
    return bool(both and a.family != a.given and _alike(a.family, b.given) and _alike(a.given, b.family))


def birth(a: Person, b: Person) -> str | None:
    known = min(len(a.birth), len(b.birth))
    if known < 4:
        return None
    if known < 8:
        same = a.birth[:known] == b.birth[:known]
        return ("month" if known == 6 else "year") if same else "other"
    if a.birth == b.birth:
        return "same"
    if a.birth[:4] == b.birth[:4] and a.birth[4:] == b.birth[6:] + b.birth[4:6]:
        return "swapped"
    return "close" if _nearly(a.birth, b.birth) else "other"


def _nearly(a: str, b: str) -> bool:
    """A slip of the pen, a day beside it, or the year before or after."""
    apart = abs(int(a[:4]) - int(b[:4]))
    beside = a[:6] == b[:6] and abs(int(a[6:]) - int(b[6:])) == 1
    return beside or (apart == 1 and a[4:] == b[4:]) or (apart < A_GENERATION and OSA.distance(a, b, score_cutoff=1) <= 1)


def gender(a: Person, b: Person) -> str | None:
    if not a.gender or not b.gender:
        return None
    return "same" if a.gender == b.gender else "other"


def phone(a: Person, b: Person) -> str | None:
    return _shared(a.phones, b.phones)


def email(a: Person, b: Person) -> str | None:
    return _shared(a.emails, b.emails)


def address(a: Person, b: Person) -> str | None:
    """Of all that were said, those that agree best."""
    found = {_address(one, other) for one, other in product(a.addresses, b.addresses)}
    return next((level for level in ("same", "close", "area", "city", "other") if level in found), None)


def identifier(a: Person, b: Person) -> str | None:
    """`same` is deterministic as far as the number is one person's own; only of such a number does another one say anything."""
    systems = a.identifiers.keys() & b.identifiers.keys()
    if any(a.identifiers[system] & b.identifiers[system] for system in systems):
        return "same"
    return "other" if systems & a.own & b.own & _UNIQUE else None


def own_number(a: Person, b: Person) -> bool:
    """Whether they share a number that only one person has."""
    systems = a.identifiers.keys() & b.identifiers.keys() & (a.own | b.own)
    return any(a.identifiers[system] & b.identifiers[system] for system in systems)


_UNIQUE = frozenset({"http://hl7.org/fhir/sid/us-ssn"})
"""One person has one of them; of others (record numbers) a person may well have two: that is what is looked for."""


def _address(a: Address, b: Address) -> str | None:
    if not (a.street or a.city or a.area) or not (b.street or b.city or b.area):
        return None
    near = bool(a.area and a.area == b.area) or bool(a.city and a.city == b.city)
    if a.street and b.street and (near or not (a.area and b.area)):
        if a.street == b.street:
            return "same"
        if a.street.split()[0] == b.street.split()[0] and JaroWinkler.similarity(a.street, b.street) >= NEARLY:
            return "close"
    if a.area and a.area == b.area:
        return "area"
    return "city" if near else "other"


def _shared(a: Iterable[str], b: Iterable[str]) -> str | None:
    one, other = set(a), set(b)
    if not one or not other:
        return None
    return "same" if one & other else "other"


def _alike(a: str, b: str) -> bool:
    """One slip of the pen in four letters, two in eight; or nearly the same letters; or the same sound."""
    longest = max(len(a), len(b))
    slips = OSA.distance(a, b, score_cutoff=2)
    if slips == 0 or (slips == 1 and longest >= 4) or (slips == 2 and longest >= 8):
        return True
    similarity = JaroWinkler.similarity(a, b)
    return similarity >= NEARLY or (similarity >= SOUNDS_ALIKE and sound(a) == sound(b))
