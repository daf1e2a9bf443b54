"""A question written as a 270, for a payer outside. 005010X279A1"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from hashlib import blake2b
from typing import Final

from services.coverage.days import ALWAYS, Days
from services.coverage.question import WHOLE_PLAN, Code, Party, Person, Policy, Question

from .asked import GENDER, IDENTIFIED_BY, RELATIONSHIP
from .control import HIGHEST
from .envelope import Address, Sending, printed
from .interchange import GUIDES
from .segments import USUAL, Printer

MUTUALLY_DEFINED: Final = "ZZ"
"""ISA05 and ISA07: what kind of ids the two sides use they have agreed on."""

_LONGEST_TRACE: Final = 50
_GENDER: Final = {fhir: x12 for x12, fhir in GENDER.items()}
_RELATIONSHIP: Final = {fhir: x12 for x12, fhir in RELATIONSHIP.items()}
_QUALIFIER: Final = {system: code for code, system in IDENTIFIED_BY.items() if code != "34"}


def write(question: Question, now: datetime, sender: str, receiver: str) -> bytes:
    """An interchange with one 270: a subscriber for each policy that is asked about."""
    address = Address((MUTUALLY_DEFINED, sender), (MUTUALLY_DEFINED, receiver))
    segments = list(_lines(question, now, sender, Printer(USUAL)))
    return printed(address, USUAL, _control(question, now), now, [Sending("HS", "270", GUIDES[0], [segments])])


def trace(question: Question, place: int) -> str:
    """TRN02 of the policy in this place; it comes back with the answer."""
    beginning = "".join(each if each.isalnum() else "-" for each in question.trace)[: _LONGEST_TRACE - 4]
    return f"{beginning}-{place}"


def numbered(policy: Policy) -> str:
    return policy.number.strip()


def is_dependent(policy: Policy) -> bool:
    return policy.subscriber is not None and policy.relationship not in ("", "self")


def _lines(question: Question, now: datetime, sender: str, say: Printer) -> Iterator[str]:
    yield say("BHT", "0022", "13", trace(question, 0), f"{now:%Y%m%d}", f"{now:%H%M}")
    yield say("HL", "1", "", "20", "1")
    yield _party("PR", question.insurer, "PI", say)
    yield say("HL", "2", "1", "21", "1")
    yield _party("1P", question.provider, "SV", say)
    level = 3
    for place, policy in enumerate(question.policies or (Policy(),)):
        asking = list(_asking(question, place, sender, say))
        if is_dependent(policy) and policy.subscriber:
            yield say("HL", str(level), "2", "22", "1")
            yield from _person("IL", policy.subscriber, policy.number, say)
            yield say("HL", str(level + 1), str(level), "23", "0")
            yield asking[0]
            yield from _person("03", question.patient, "", say)
            yield say("INS", "N", _RELATIONSHIP.get(policy.relationship, "34"))
            level += 2
        else:
            yield say("HL", str(level), "2", "22", "0")
            yield asking[0]
            yield from _person("IL", question.patient, policy.number, say)
            level += 1
        yield from asking[1:]


def _asking(question: Question, place: int, sender: str, say: Printer) -> Iterator[str]:
    """TRN first; DTP and EQ, which stand behind the person."""
    yield say("TRN", "1", trace(question, place), f"9{say.text(sender, 9) or 'CARELOOM':0>9.9}")
    if question.days != ALWAYS:
        yield say("DTP", "291", *_days(question.days))
    plain = [each.service_type for each in question.wanted if each.service_type and not each.products]
    products = [code for each in question.wanted for code in each.products[:1]]
    if plain or not products:
        yield say("EQ", say.separators.repetition.join(dict.fromkeys(plain)) or WHOLE_PLAN)
    for _, code in dict.fromkeys(products):
        yield say("EQ", "", say.composite("HC", say.text(code, 48)))


def _days(days: Days) -> tuple[str, str]:
    first, last = (day.strftime("%Y%m%d").zfill(8) for day in (days.first, days.last))
    return ("D8", first) if days.is_one else ("RD8", f"{first}-{last}")


def _party(entity: str, party: Party, qualifier: str, say: Printer) -> str:
    kind, value = _identifier(party.identifiers, qualifier)
    name = say.text(party.name or party.reference, 60) or "UNKNOWN"
    return say("NM1", entity, "2", name, "", "", "", "", *((kind, say.text(value, 80)) if value else ()))


def _person(entity: str, person: Person, number: str, say: Printer) -> Iterator[str]:
    family, *given = (say.text(each, 60) for each in (person.family, *person.given[:2]))
    names = (*given, "", "")[:2]
    yield say("NM1", entity, "1", family, *names, "", "", *(("MI", say.text(number, 80)) if number else ()))
    if person.birth_date:
        born = person.birth_date.replace("-", "")
        yield say("DMG", "D8" if len(born) == len("20260101") else "", born, _GENDER.get(person.gender, ""))


def _identifier(identifiers: tuple[Code, ...], qualifier: str) -> tuple[str, str]:
    system, value = next(iter(identifiers), ("", ""))
    return _QUALIFIER.get(system, system.removeprefix("urn:careloom:x12:") if "urn:careloom:x12:" in system else qualifier), value


def _control(question: Question, now: datetime) -> int:
    """Of the question and the moment: two tries have two numbers, and nobody has to count."""
    digest = blake2b(f"{question.trace} {now.isoformat()}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) % HIGHEST + 1
