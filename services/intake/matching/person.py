"""What a Patient says about who it is, in forms that can be compared."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from shared.fhir.index.forms import contact, normal

GENERATIONS: Final[Mapping[str, str]] = {
    "jr": "2", "junior": "2", "ii": "2", "2nd": "2", "sr": "1", "senior": "1", "i": "1", "iii": "3", "3rd": "3", "iv": "4"
}  # fmt: skip
STREETS: Final[Mapping[str, str]] = {
    "street": "st", "avenue": "ave", "road": "rd", "drive": "dr", "lane": "ln", "boulevard": "blvd", "court": "ct", "place": "pl",
    "apartment": "apt", "suite": "ste", "unit": "apt", "north": "n", "south": "s", "east": "e", "west": "w", "highway": "hwy",
}  # fmt: skip
OWN_SYSTEMS: Final = frozenset({"http://hl7.org/fhir/sid/us-ssn", "http://hl7.org/fhir/sid/us-mbi"})
OWN_TYPES: Final = frozenset({"MR", "SS", "PPN", "DL", "MC"})
"""http://terminology.hl7.org/CodeSystem/v2-0203: medical record, social security, passport, driver's licence, Medicare."""

_NO_LETTER: Final = re.compile(r"[^a-z0-9 ]+")
_UNKNOWN: Final = frozenset({"unknown", "unk", "test", "none", "na", "baby", "babyboy", "babygirl", "noname"})


@dataclass(frozen=True, slots=True)
class Name:
    """`family` without blanks, `longest` the longest word of it; `given` and `middle` are the first given name and the others;
    `former`: a name that was left behind, or another one."""

    family: str
    longest: str
    given: str
    middle: tuple[str, ...] = ()
    former: bool = False


@dataclass(frozen=True, slots=True)
class Address:
    street: str
    city: str
    area: str


@dataclass(frozen=True, slots=True)
class Person:
    """`birth` is as much of `yyyymmdd` as is known; `identifiers` maps a system to its values, `own` are the systems that give a
    number to one person only (a family may share its insurer's)."""

    names: tuple[Name, ...]
    birth: str
    gender: str
    generation: str
    phones: frozenset[str]
    emails: frozenset[str]
    addresses: tuple[Address, ...]
    identifiers: Mapping[str, frozenset[str]]
    own: frozenset[str]


def person(patient: Mapping[str, Any]) -> Person:
    """Of a Patient (FHIR JSON)."""
    telecoms = [(each.get("system"), contact(each["value"])) for each in patient.get("telecom", ()) if each.get("value")]
    identifiers: dict[str, frozenset[str]] = {}
    for each in numbered(patient):
        identifiers[each["system"]] = identifiers.get(each["system"], frozenset()) | {each["value"].strip().casefold()}
    suffixes = [normal(suffix) for name in patient.get("name", ()) for suffix in name.get("suffix", ()) if suffix]
    return Person(
        tuple(_names(patient)),
        patient.get("birthDate", "").replace("-", ""),
        {"male": "male", "female": "female"}.get(patient.get("gender", ""), ""),
        next((GENERATIONS[found] for suffix in suffixes if (found := suffix.strip(".")) in GENERATIONS), ""),
        frozenset(_subscriber(value) for system, value in telecoms if system in ("phone", "sms", None) and "@" not in value),
        frozenset(value for _, value in telecoms if "@" in value),
        tuple(map(_address, patient.get("address", ()))),
        identifiers,
        frozenset(each["system"] for each in numbered(patient) if _is_own(each)),
    )


def numbered(patient: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The identifiers that say of what system they are."""
    return [each for each in patient.get("identifier", ()) if each.get("value") and each.get("system")]


def plain(text: str) -> str:
    """Letters and digits only, without case and accents, words apart."""
    return " ".join(_NO_LETTER.sub("", normal(text).replace("-", " ")).split())


def _names(patient: Mapping[str, Any]) -> Iterator[Name]:
    for place, said in enumerate(patient.get("name", ())):
        given = [word for part in said.get("given", ()) if part for word in plain(part).split()]
        family = plain(said.get("family", ""))
        if not family and not given and "text" in said:
            *given, family = plain(said["text"]).split() or [""]
        given = [word for word in given if word not in _UNKNOWN]
        family = "" if family in _UNKNOWN else family
        if family or given:
            former = place > 0 or said.get("use") in ("old", "maiden", "nickname")
            longest = max(family.split(), key=len, default="")
            yield Name(family.replace(" ", ""), longest, given[0] if given else "", tuple(given[1:]), former)


def _is_own(identifier: Mapping[str, Any]) -> bool:
    codes = {coding.get("code") for coding in identifier.get("type", {}).get("coding", ())}
    return identifier["system"] in OWN_SYSTEMS or not codes.isdisjoint(OWN_TYPES)


def _subscriber(number: str) -> str:
    """A telephone number without the code of its country."""
    digits = "".join(filter(str.isdigit, number))
    return digits[-10:]


def _address(said: Mapping[str, Any]) -> Address:
    lines = plain(" ".join(line for line in said.get("line", ()) if line)) or plain(said.get("text", ""))
    words = [STREETS.get(word, word) for word in lines.split()]
    return Address(" ".join(words), plain(said.get("city", "")), plain(said.get("postalCode", ""))[:5])
