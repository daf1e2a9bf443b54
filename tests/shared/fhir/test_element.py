"""Elements are read as FHIR means them."""

from __future__ import annotations

import pytest

from shared.fhir.change import Change
from shared.fhir.element import code_in, codes_in, concept, extension, identifier, reference_to, sought, target_of, targets_of
from shared.fhir.lifecycle import illegal_moves
from shared.kernel.ids import id_from


@pytest.mark.parametrize(
    ("reference", "target"),
    [
        ("Patient/1", "Patient/1"),
        ("Patient/1/_history/3", "Patient/1"),
        ("https://hospital.example/fhir/Patient/1", "Patient/1"),
        ("urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0", ""),
        ("#contained", ""),
    ],
)
def test_a_reference_leads_to_a_type_and_an_id(reference: str, target: str) -> None:
    assert target_of({"reference": reference}) == target


def test_a_reference_by_identifier_or_none_at_all_leads_nowhere() -> None:
    assert target_of({"identifier": {"value": "7"}}) == ""
    assert target_of(None) == ""


def test_of_many_references_those_to_one_type_are_found() -> None:
    references = [{"reference": "Task/1"}, {"reference": "Goal/2"}, {"display": "a friend"}, {"reference": "Task/3"}]

    assert targets_of(references, "Task") == ["1", "3"]
    assert targets_of(None, "Task") == []


def test_codes_are_found_by_their_system_in_one_concept_or_many() -> None:
    both = [concept("urn:a", "1"), {"coding": [{"system": "urn:b", "code": "2"}, {"system": "urn:a", "code": "3"}]}]

    assert codes_in(both, "urn:a") == ["1", "3"]
    assert code_in(both[1], "urn:b") == "2"
    assert code_in(None, "urn:a") is None
    assert code_in({"text": "words only"}, "urn:a") is None


def test_extensions_and_identifiers_are_found_by_their_address() -> None:
    resource = {
        "extension": [{"url": "urn:other", "valueString": "no"}, {"url": "urn:wanted", "valueBoolean": False}],
        "identifier": [{"value": "bare"}, {"system": "urn:mrn", "value": "7"}],
    }

    assert extension(resource, "urn:wanted") is False
    assert extension(resource, "urn:absent") is None
    assert identifier(resource, "urn:mrn") == "7"
    assert identifier({"identifier": {"system": "urn:mrn", "value": "8"}}, "urn:mrn") == "8"


def test_a_resource_and_a_name_make_the_same_reference() -> None:
    assert reference_to({"resourceType": "Goal", "id": "1"}) == reference_to("Goal/1") == {"reference": "Goal/1"}


@pytest.mark.parametrize(
    ("value", "system", "written"),
    [
        ("PT", None, "PT"),
        ("PT", "urn:x", "urn%3Ax%7CPT"),
        ("a,b|c$d\\e", None, "a%5C%2Cb%5C%7Cc%5C%24d%5C%5Ce"),
        ("a&b", "", "%7Ca%26b"),
    ],
)
def test_a_value_is_written_so_that_a_search_takes_it_literally(value: str, system: str | None, written: str) -> None:
    assert sought(value, system) == written


def test_a_status_moves_as_its_table_allows_and_freely_where_it_says_nothing() -> None:
    moves = {"draft": frozenset({"active"}), "active": frozenset[str]()}

    def refused(was: str | None, now: str) -> bool:
        before = None if was is None else {"resourceType": "Task", "status": was}
        return bool(list(illegal_moves(Change(before, {"resourceType": "Task", "status": now}), moves)))

    assert not refused("draft", "active")
    assert not refused("active", "active")
    assert not refused("unknown", "draft")
    assert not refused(None, "active")
    assert refused("active", "draft")


def test_equal_parts_have_an_equal_id_and_no_others() -> None:
    assert id_from("a", "b") == id_from("a", "b")
    assert len({id_from("a", "b"), id_from("ab"), id_from("b", "a"), id_from("a", "b", "")}) == 4
