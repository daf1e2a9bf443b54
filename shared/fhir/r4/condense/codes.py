"""The codes of the value sets that elements are bound to: by code system, or the syntax that stands for too many to list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from shared.fhir.r4.condense.definitions import Json

Known = Mapping[tuple[str, str], Json]

# Code systems that are defined by a grammar, or kept elsewhere: the gate knows their syntax.
SYNTAX: Final = {
    "urn:ietf:bcp:13": "mime",
    "urn:ietf:bcp:47": "language",
    "urn:iso:std:iso:4217": "currency",
    "http://unitsofmeasure.org": "ucum",
}


def codes_of(url: str, known: Known) -> Json | None:
    """`{"codes": {system: [code, …]}}` or `{"syntax": name}`; None for a value set that HL7 doesn't publish with R4."""
    found = known.get(("ValueSet", url))
    if found is None:
        return None
    included = list(_included(found, known))
    for system, codes in included:
        if codes is None:
            return {"syntax": SYNTAX[system], "system": system}
    excluded = {(part["system"], concept["code"]) for part in found["compose"].get("exclude", ()) for concept in part["concept"]}
    codes_by_system: dict[str, list[str]] = {}
    for system, codes in included:
        kept = [code for code in codes or () if (system, code) not in excluded]
        codes_by_system.setdefault(system, []).extend(kept)
    return {"codes": {system: list(dict.fromkeys(codes)) for system, codes in codes_by_system.items()}}


def _included(found: Json, known: Known) -> Iterator[tuple[str, list[str] | None]]:
    for part in found["compose"]["include"]:
        if "filter" in part:
            raise ValueError(f"{found['url']} has a filter, which this script does not know")
        for other in part.get("valueSet", ()):
            yield from _included(known["ValueSet", other.partition("|")[0]], known)
        if "concept" in part:
            yield part["system"], [concept["code"] for concept in part["concept"]]
        elif "system" in part:
            yield part["system"], _all(part["system"], known)


def _all(system: str, known: Known) -> list[str] | None:
    if system in SYNTAX:
        return None
    return list(_selectable(known["CodeSystem", system].get("concept", ())))


def _selectable(concepts: list[Json]) -> Iterator[str]:
    for concept in concepts:
        marks = {mark["code"]: mark.get("valueBoolean") for mark in concept.get("property", ())}
        if not marks.get("notSelectable"):
            yield concept["code"]
        yield from _selectable(concept.get("concept", []))
