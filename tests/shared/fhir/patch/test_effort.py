"""What a patch may ask for is bounded: all other writers of the service wait while it is applied."""

from __future__ import annotations

from typing import Any

import pytest

from shared.fhir.patch import fhirpath_patch, json_patch
from shared.fhir.refusal import Malformed, TooLarge, Unprocessable

PATIENT: dict[str, Any] = {"resourceType": "Patient", "id": "river", "name": [{"family": "Chalmers"}]}


def by_path(count: int, path: str = "Patient") -> dict[str, Any]:
    parts = [
        {"name": "type", "valueCode": "add"},
        {"name": "path", "valueString": path},
        {"name": "name", "valueString": "name"},
        {"name": "value", "valueHumanName": {"family": "Again"}},
    ]
    return {"resourceType": "Parameters", "parameter": [{"name": "operation", "part": parts}] * count}


def test_a_thousand_operations_are_taken() -> None:
    test = {"op": "test", "path": "/id", "value": "river"}

    assert json_patch.apply(PATIENT, [test] * 1_000) == PATIENT
    assert len(fhirpath_patch.apply(PATIENT, by_path(1_000))["name"]) == 1_001


def test_more_operations_are_too_large() -> None:
    with pytest.raises(TooLarge, match="1001 operations"):
        json_patch.apply(PATIENT, [{"op": "test", "path": "/id", "value": "river"}] * 1_001)
    with pytest.raises(TooLarge, match="1001 operations"):
        fhirpath_patch.apply(PATIENT, by_path(1_001))


def test_a_list_that_is_copied_into_itself_does_not_fill_the_memory() -> None:
    with pytest.raises(TooLarge, match="may copy"):
        json_patch.apply(PATIENT, [{"op": "copy", "from": "/name", "path": "/name/-"}] * 60)


def test_copies_within_bounds_are_made_one_after_the_other() -> None:
    found = json_patch.apply(PATIENT, [{"op": "copy", "from": "/name/0", "path": "/name/-"}] * 3)

    assert found["name"] == [{"family": "Chalmers"}] * 4


def test_what_is_copied_from_the_end_of_a_list_is_not_there() -> None:
    with pytest.raises((Malformed, Unprocessable)):
        json_patch.apply(PATIENT, [{"op": "copy", "from": "/name/-", "path": "/contact"}])


def test_many_operations_by_path_on_a_large_resource_are_too_many() -> None:
    large = PATIENT | {"name": [{"family": "x" * 1_000}] * 1_000}

    with pytest.raises(TooLarge, match="send a JSON Patch"):
        fhirpath_patch.apply(large, by_path(500))


@pytest.mark.parametrize("call", ["family.matches('(a+)+$')", "repeat($this)", "family.replaceMatches('a', 'b') = 'x'"])
def test_what_may_never_end_is_refused_in_a_path(call: str) -> None:
    with pytest.raises(Malformed, match="can't follow"):
        fhirpath_patch.apply(PATIENT, by_path(1, f"Patient.name.where({call})"))


def test_a_path_is_not_as_long_as_a_book() -> None:
    with pytest.raises(Malformed, match="longer than 1000"):
        fhirpath_patch.apply(PATIENT, by_path(1, "Patient.name" + " " * 20_000))
