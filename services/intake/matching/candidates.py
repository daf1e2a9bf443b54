"""Which stored patients are worth comparing: found by several keys of the search index, so that nobody is read in vain."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from shared.fhir import text
from shared.fhir.element import escaped
from shared.fhir.issue import Resource
from shared.fhir.query import parse
from shared.store.view import View

from .person import Person, numbered

AT_MOST: Final = 200
"""Of one key. What more patients share than that tells nobody apart."""

SEVERAL: Final = 10
"""So many numbers, contacts, names and areas of one description are looked for."""

Pairs = list[tuple[str, str]]


def candidates(patient: Resource, described: Person, view: View) -> list[Resource]:
    """Patients that share a key with what is described, each once, those of the surest keys first."""
    found: dict[str, Resource] = {}
    for key in dict.fromkeys(tuple(pairs) for pairs in keys(patient, described)):
        pairs = [*key, ("_count", str(AT_MOST)), ("_total", "none")]
        for version in view.find(parse("Patient", pairs, strict=True, now=view.now)).matches:
            if version.id not in found:
                found[version.id] = text.load(version.text)
    return list(found.values())


def keys(patient: Resource, described: Person) -> Iterator[Pairs]:
    """Searches by what a person has alone, or by two things together that few people share."""
    if numbers := [escaped(each["value"], each["system"]) for each in numbered(patient)]:
        yield [("identifier", ",".join(numbers[:SEVERAL]))]
    if contacts := [escaped(each["value"]) for each in patient.get("telecom", ()) if each.get("value")]:
        yield [("telecom", ",".join(contacts[:SEVERAL]))]
    if days := list(_days(described.birth)):
        yield [("birthdate", ",".join(days))]
    areas = sorted({address.area for address in described.addresses if len(address.area) == 5})
    for name in described.names[:SEVERAL]:
        parts = [part for part in (name.longest, name.given) if part]
        if len(parts) == 2:
            yield [*(("phonetic", part) for part in parts), *_years(described.birth)]
        if parts and areas:
            yield [("phonetic", ",".join(parts)), ("address-postalcode", ",".join(areas[:SEVERAL]))]


def _days(birth: str) -> Iterator[str]:
    """The birth date, and the one with day and month the other way round."""
    if len(birth) == 8:
        year, month, day = birth[:4], birth[4:6], birth[6:]
        yield f"{year}-{month}-{day}"
        if int(day) <= 12 and day != month:
            yield f"{year}-{day}-{month}"


def _years(birth: str) -> Pairs:
    """Around the birth date, so that of a frequent name those come first who may be meant."""
    if len(birth) < 4:
        return []
    year = int(birth[:4])
    return [("birthdate", f"ge{year - 10}"), ("birthdate", f"le{year + 10}")] if 1011 <= year <= 9988 else []
