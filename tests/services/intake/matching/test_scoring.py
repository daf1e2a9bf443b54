"""Who is one person and who are two, as far as two descriptions can say."""

from __future__ import annotations

from typing import Any

import pytest

from services.intake.matching.person import person
from services.intake.matching.scoring import Score, score
from shared.fhir.issue import Resource

MRN, SSN = "urn:tests:mrn", "http://hl7.org/fhir/sid/us-ssn"


def described(
    family: str = "Lindqvist",
    given: str = "River Ann",
    birth: str = "1991-04-12",
    *,
    phone: str = "555-010-4477",
    **more: Any,
) -> Resource:
    """Somebody with a name, a birth date, a gender, a telephone and an address."""
    made: Resource = {
        "resourceType": "Patient",
        "name": [{"family": family, "given": given.split()}],
        "birthDate": birth,
        "gender": "female",
        "telecom": [{"system": "phone", "value": phone}],
        "address": [{"line": ["12 Oak Street"], "city": "Salem", "state": "OR", "postalCode": "97301"}],
    }
    return {name: value for name, value in (made | more).items() if value}


def compared(one: Resource, other: Resource) -> Score:
    found = score(person(one), person(other))
    assert found.bits == score(person(other), person(one)).bits
    return found


MOVED = {"address": [{"line": ["9 Birch Road"], "city": "Boise", "postalCode": "83701"}]}
SAME_PERSON = {
    "all agrees": described(),
    "a slip of the pen in the family name": described("Lindqvsit"),
    "a slip of the pen in the given name": described(given="Rievr"),
    "another telephone": described(phone="555 010 9999"),
    "another address": described(**MOVED),
    "day and month the other way round": described(birth="1991-12-04"),
    "one digit of the birth date": described(birth="1991-04-13"),
    "given and family name the other way round": described("River", "Lindqvist"),
    "no address": described(address=None),
    "no telephone": described(telecom=None),
    "no gender": described(gender=None),
    "married, with a new family name": described("Okafor"),
    "accents and case": described("LÍNDQVIST", "RIVER"),
    "known by the middle name": described(given="Ann"),
    "a street that is written out": described(address=[{"line": ["12 Oak St."], "city": "Salem", "postalCode": "97301-1234"}]),
}
OTHER_PEOPLE = {
    "a twin": described(given="Robin"),
    "a twin without a middle name": described(given="Diana"),
    "a parent of the same name": described(birth="1961-04-12"),
    "somebody of the household": described(given="Marcus", birth="1988-01-30", gender="male"),
    "a namesake elsewhere": described(birth="1970-10-01", phone="555 010 9999", **MOVED),
    "no birth date, and a family that uses names again": described(birth=""),
}


@pytest.mark.parametrize("what", SAME_PERSON)
def test_one_person_is_found_in_spite_of(what: str) -> None:
    assert compared(described(), SAME_PERSON[what]).grade in ("certain", "probable")


@pytest.mark.parametrize("what", OTHER_PEOPLE)
def test_two_people_are_not_joined(what: str) -> None:
    assert compared(described(), OTHER_PEOPLE[what]).grade in ("possible", "certainly-not")


def test_twins_whose_names_differ_by_a_letter_are_two() -> None:
    assert compared(described(given="Maria"), described(given="Marie")).grade == "possible"


def test_junior_and_senior_are_two() -> None:
    junior, senior = ({"family": "Reyes", "given": ["Luis"], "suffix": [suffix]} for suffix in ("Jr.", "Sr"))

    assert compared(described(name=[junior]), described(name=[senior])).grade == "possible"


@pytest.mark.parametrize(("given", "known_as"), [("William", "Bill"), ("Elizabeth", "Beth"), ("Francisco", "Paco")])
def test_who_is_called_by_a_short_name_is_the_same(given: str, known_as: str) -> None:
    assert compared(described(given=given), described(given=known_as)).grade == "certain"


def test_a_number_of_ones_own_settles_it() -> None:
    number = [{"system": SSN, "value": "999-12-3456"}]

    found = compared(described(identifier=number), described("Okafor", birth="1992-05-12", identifier=number, **MOVED))

    assert found.grade == "certain"


def test_a_number_that_a_family_shares_does_not_join_twins() -> None:
    number = [{"system": "urn:tests:member", "value": "W1"}]

    assert compared(described(identifier=number), described(given="Robin", identifier=number)).grade == "possible"


def test_a_former_name_is_a_name() -> None:
    names = [{"family": "Okafor", "given": ["River"]}, {"use": "maiden", "family": "Lindqvist", "given": ["River"]}]

    assert compared(described(**MOVED), described(name=names)).grade in ("certain", "probable")


def test_name_and_birth_date_alone_are_not_certain() -> None:
    bare = described(telecom=None, address=None)

    assert compared(bare, bare).grade == "probable"


def test_a_score_says_what_it_is_made_of() -> None:
    found = compared(described(), described(given="Robin"))

    assert {part.field: part.level for part in found.parts}["given"] == "other"
    assert "a twin" in str(found)
    assert 0 < found.value < 0.5


def test_what_is_not_said_is_no_evidence() -> None:
    assert compared({"resourceType": "Patient"}, described()).parts == ()
