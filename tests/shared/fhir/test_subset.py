"""A part of a resource, in its own characters."""

from __future__ import annotations

import json

import pytest

from shared.fhir.refusal import Malformed
from shared.fhir.subset import SUBSETTED, subset_of

OBSERVATION = (
    b'{"resourceType":"Observation","id":"o","meta":{"versionId":"3","tag":[{"code":"mine"}]},"status":"final",'
    b'"text":{"status":"generated","div":"<div/>"},"code":{"text":"weight"},"valueQuantity":{"value":70.50},"note":[{"text":"n"}]}'
)


def test_a_part_keeps_the_characters_of_its_numbers_and_is_tagged() -> None:
    part = subset_of(None, "value").of(OBSERVATION)

    assert b"70.50" in part
    assert json.loads(part)["meta"] == {"versionId": "3", "tag": [{"code": "mine"}, SUBSETTED]}


def test_elements_come_with_those_that_are_mandatory() -> None:
    part = json.loads(subset_of(None, "Observation.note,nonsense").of(OBSERVATION))

    assert set(part) == {"resourceType", "id", "meta", "status", "code", "note"}


def test_a_summary_leaves_out_what_is_no_summary_element() -> None:
    part = json.loads(subset_of("true", None).of(OBSERVATION))

    assert set(part) == {"resourceType", "id", "meta", "status", "code", "valueQuantity"}


def test_text_and_data_are_the_two_halves() -> None:
    assert "valueQuantity" not in json.loads(subset_of("text", None).of(OBSERVATION))
    assert "text" in json.loads(subset_of("text", None).of(OBSERVATION))
    assert "text" not in json.loads(subset_of("data", None).of(OBSERVATION))


def test_a_summary_reaches_into_backbone_elements() -> None:
    patient = (
        b'{"resourceType":"Patient","link":[{"other":{"reference":"Patient/2"},"type":"refer","_type":{"id":"x"}}],"photo":[{}]}'
    )

    assert json.loads(subset_of("true", None).of(patient))["link"] == [
        {"other": {"reference": "Patient/2"}, "type": "refer", "_type": {"id": "x"}}
    ]


def test_the_whole_is_given_as_it_is_stored() -> None:
    assert subset_of("false", None).of(OBSERVATION) is OBSERVATION


def test_a_summary_of_another_kind_is_refused() -> None:
    with pytest.raises(Malformed):
        subset_of("short", None)
