"""What index rows are made of: dates as ranges, texts in the form they are compared in, references as what they mean."""

from __future__ import annotations

import pytest

from shared.fhir.index import index_rows
from shared.fhir.index.forms import KEY_LENGTH, contact, key, normal, sound
from shared.fhir.index.moments import DAY, EARLIEST, FOR_EVER, LATEST, SINCE_EVER, moments, span
from shared.fhir.index.references import target
from shared.fhir.parameters import parameters

HOUR = DAY // 24


@pytest.mark.parametrize(
    ("text", "low", "length"),
    [
        ("1970", 0, 365 * DAY),
        ("1970-02", 31 * DAY, 28 * DAY),
        ("1970-01-02", DAY, DAY),
        ("1969-12-31", -DAY, DAY),
        ("1970-01-01T01:00", HOUR, HOUR // 60),
        ("1970-01-01T01:00:00Z", HOUR, 1_000_000),
        ("1970-01-01T01:00:00+01:00", 0, 1_000_000),
        ("1970-01-01T00:00:00-02:30", 5 * HOUR // 2, 1_000_000),
        ("1970-01-01T00:00:00.497Z", 497_000, 1_000),
        ("1970-01-01T00:00:00.1234567Z", 123_456, 1),
    ],
)
def test_a_date_is_a_range_as_long_as_it_is_precise(text: str, low: int, length: int) -> None:
    assert moments(text) == (low, low + length)


@pytest.mark.parametrize(
    "text", ["", "20", "2023-02-30", "2023-13", "2023-1-1", "2023-01-01T25:00", "2023-01-01T10", "tomorrow", "2023-"]
)
def test_what_is_no_date_is_not_taken_for_one(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        moments(text)


def test_the_last_year_and_open_ranges_have_an_end() -> None:
    low, high = moments("9999")
    assert low < high < LATEST
    assert span(EARLIEST, high) == SINCE_EVER
    assert span(low, LATEST) == FOR_EVER


def test_texts_are_compared_without_case_accents_and_double_spaces() -> None:
    assert normal("  Zoë   STRAßE ") == "zoe strasse"
    assert normal("Ångström") == "angstrom"


def test_a_long_text_has_a_short_key_of_its_own() -> None:
    one, other = "a" * 1000, "a" * 1001

    assert len(key(one)) <= KEY_LENGTH
    assert key(one) != key(other)
    assert key("short") == "short"


def test_telephone_numbers_are_compared_by_their_digits() -> None:
    assert contact("+1 (555) 123-4567") == contact("15551234567") == "15551234567"
    assert contact("Ann.Lee@Example.org") == "ann.lee@example.org"


def test_names_that_sound_alike_have_one_sound() -> None:
    assert sound("Robert") == sound("Rupert") == "r163"
    assert sound("Tymczak") == "t522"
    assert sound("Pfister") == "p236"


def test_a_reference_means_its_target_without_version_and_own_address() -> None:
    assert target("Patient/1") == ("Patient/1", "Patient")
    assert target("Patient/1/_history/2") == ("Patient/1", "Patient")
    assert target("http://a.org/fhir/Patient/1/_history/2") == ("http://a.org/fhir/Patient/1", "Patient")
    assert target("http://a.org/fhir/Patient/1", frozenset({"http://a.org/fhir"})) == ("Patient/1", "Patient")
    assert target("urn:uuid:1") == ("urn:uuid:1", "")


def test_a_code_with_a_required_binding_has_the_system_that_the_binding_implies() -> None:
    rows = index_rows({"resourceType": "Patient", "gender": "male"})

    gender = parameters("Patient")["gender"]
    (row,) = [row for row in rows.token if row[0] == gender.hash]
    assert row[1] == "male"
    assert row[2] != 0


def test_the_shape_has_a_bit_for_each_parameter_with_a_value() -> None:
    known = parameters("Patient")

    shape = index_rows({"resourceType": "Patient", "gender": "male"}).shape

    assert shape == 1 << known["gender"].bit | 1 << known["deceased"].bit


def test_gaps_in_lists_and_references_into_the_resource_itself_are_passed_over() -> None:
    rows = index_rows(
        {
            "resourceType": "Patient",
            "name": [{"given": [None, "Ann"], "_given": [{"id": "x"}, None]}],
            "managingOrganization": {"reference": "#inside"},
        }
    )

    assert {row[1] for row in rows.string if row[0] == parameters("Patient")["given"].hash} == {"ann"}
    assert rows.reference == set()
