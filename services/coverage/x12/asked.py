"""A subscriber or dependent of a 270, read as a question."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from services.coverage.days import Days
from services.coverage.question import Code, Party, Person, Policy, Question, Wanted
from services.coverage.reasons import FAILURES, Reason

from .inquiry import DEPENDENT, Level
from .segments import Segment, Separators

IDENTIFIED_BY: Mapping[str, str] = {
    "XX": "http://hl7.org/fhir/sid/us-npi",
    "NI": "urn:oid:2.16.840.1.113883.6.300",
    "FI": "urn:oid:2.16.840.1.113883.4.4",
    "SY": "http://hl7.org/fhir/sid/us-ssn",
    "34": "http://hl7.org/fhir/sid/us-ssn",
}
"""NM108 and REF01 as identifier systems; another qualifier stands under `urn:careloom:x12:`."""

PRODUCTS: Mapping[str, str] = {
    "HC": "http://www.ama-assn.org/go/cpt",
    "CJ": "http://www.ama-assn.org/go/cpt",
    "AD": "http://www.ada.org/cdt",
    "ND": "http://hl7.org/fhir/sid/ndc",
    "N4": "http://hl7.org/fhir/sid/ndc",
}
"""EQ02-1. `HC` is HCPCS, whose first level is CPT."""

HCPCS: Final = "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
GENDER: Mapping[str, str] = {"F": "female", "M": "male", "U": "unknown"}
RELATIONSHIP: Mapping[str, str] = {"01": "spouse", "19": "child", "18": "self"}
"""INS02 as codes of subscriber-relationship; another is `other`."""

AHEAD_DAYS: Final = 366
"""A date of service further ahead is refused (AAA 63): nobody's coverage is known so far."""


@dataclass(frozen=True, slots=True)
class Asked:
    """`level` is the one who is asked about, `subscriber` who is insured (the same, or its parent)."""

    question: Question
    level: Level
    subscriber: Level


class Rejected(Exception):
    """A question that can't be put to anybody, with the reason that a 271 rejects it with."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.code)
        self.reason = reason


BIRTH_DATE_INVALID: Final = replace(
    FAILURES["date-invalid"], code="birth-date-invalid", said="The date of birth is none", then="correct it", reject="58"
)
BORN_AFTER: Final = replace(
    BIRTH_DATE_INVALID, code="born-after", said="The date of birth is after the date of service", reject="60"
)
NOT_ENOUGH: Final = replace(
    FAILURES["data-missing"],
    said="Neither a member's number nor a whole name with a date of birth was given",
    then="give one of them",
)


def asked(level: Level, parents: tuple[Level, Level, Level], today: date, separators: Separators) -> Asked:
    """What is asked about one person. `parents`: payer, provider, subscriber. Raises Rejected."""
    source, receiver, subscriber = parents
    person = _person(level)
    member = subscriber.name
    number = member[9].strip() if member[8] in ("MI", "II", "ZZ", "") else ""
    if not number and not (person.family and person.given and person.birth_date):
        raise Rejected(NOT_ENOUGH)
    days = _days(level, today)
    if person.birth_date and days.last.isoformat() < person.birth_date:
        raise Rejected(BORN_AFTER)
    policy = Policy(
        number=number,
        group=next((each[2] for each in subscriber.all("REF") if each[1] in ("6P", "1L")), ""),
        relationship=_relationship(level),
        subscriber=_person(subscriber) if level is not subscriber else None,
    )
    question = Question(
        trace=next((each[2] for each in level.all("TRN")), ""),
        purposes=frozenset({"validation", "benefits", "auth-requirements"}),
        days=days,
        patient=person,
        insurer=_party(source.name),
        provider=_party(receiver.name),
        policies=(policy,) if number else (),
        wanted=tuple(dict.fromkeys(_wanted(level, separators))),
    )
    return Asked(question, level, subscriber)


def days_of(said: Segment) -> Days | None:
    """The days of a DTP; None for what are none."""
    first, _, last = said[3].partition("-")
    try:
        days = Days(_day(first), _day(last or first))
    except ValueError:
        return None
    fits = bool(last) == (said[2] == "RD8") and said[2] in ("D8", "RD8")
    return days if fits and not days.is_none else None


def _person(level: Level) -> Person:
    name, birth = level.name, level.first("DMG") or Segment("DMG")
    return Person(
        family=name[3].strip(),
        given=tuple(each for each in (name[4].strip(), name[5].strip()) if each),
        birth_date=_birth_date(birth),
        gender=GENDER.get(birth[3], ""),
        identifiers=tuple(_identifiers(level)),
    )


def _birth_date(birth: Segment) -> str:
    if not birth[2]:
        return ""
    try:
        return _day(birth[2]).isoformat()
    except ValueError:
        raise Rejected(BIRTH_DATE_INVALID) from None


def _identifiers(level: Level) -> Iterator[Code]:
    pairs = [(level.name[8], level.name[9]), *((each[1], each[2]) for each in level.all("REF"))]
    for qualifier, value in pairs:
        if value.strip():
            yield _system(qualifier), value.strip()


def _party(name: Segment) -> Party:
    said = " ".join(each for each in (name[4], name[5], name[3]) if each) if name[2] == "1" else name[3]
    return Party(name=said, identifiers=((_system(name[8]), name[9]),) if name[9] else ())


def _system(qualifier: str) -> str:
    return IDENTIFIED_BY.get(qualifier, f"urn:careloom:x12:{qualifier}")


def _relationship(level: Level) -> str:
    ins = level.first("INS")
    if level.kind != DEPENDENT:
        return "self"
    return RELATIONSHIP.get(ins[2], "other") if ins else ""


def _days(level: Level, today: date) -> Days:
    """Of the first question's own date, else the person's, else today."""
    said = next((each for each in reversed(level.all("DTP")) if each[1] in ("291", "307", "472")), None)
    if said is None:
        return Days(today, today)
    days = days_of(said)
    if days is None:
        raise Rejected(FAILURES["date-invalid"])
    if days.first.toordinal() > today.toordinal() + AHEAD_DAYS:
        raise Rejected(FAILURES["date-too-late"])
    return days


def _wanted(level: Level, separators: Separators) -> Iterator[Wanted]:
    for each in level.all("EQ"):
        products = tuple(_products(each[2], separators))
        for service_type in each[1].split(separators.repetition):
            yield Wanted(service_type.strip(), products)


def _products(composite: str, separators: Separators) -> Iterator[Code]:
    qualifier, code, *_ = (*composite.split(separators.component), "", "")
    if code:
        hcpcs = qualifier == "HC" and code[:1].isalpha()
        yield HCPCS if hcpcs else PRODUCTS.get(qualifier, f"urn:careloom:x12:{qualifier}"), code


def _day(said: str) -> date:
    """Raises ValueError for what is no CCYYMMDD."""
    if len(said) != len("20260101") or not (said.isascii() and said.isdecimal()):
        raise ValueError(said)
    return datetime.strptime(said, "%Y%m%d").date()  # noqa: DTZ007
