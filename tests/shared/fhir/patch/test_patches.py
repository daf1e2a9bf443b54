"""The three patches over resources: errors, numbers, choices, siblings."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.fhir import text
from shared.fhir.patch import fhirpath_patch, json_patch, merge_patch
from shared.fhir.refusal import Malformed, Unprocessable


def a_patient(**more: Any) -> dict[str, Any]:
    return {"resourceType": "Patient", "id": "p", **more}


def operation(kind: str, path: str, **parts: Any) -> dict[str, Any]:
    """A FHIRPath Patch of one operation; a part is its content without the name."""
    listed = [{"name": "type", "valueCode": kind}, {"name": "path", "valueString": path}]
    listed += [{"name": name, **content} for name, content in parts.items()]
    return {"resourceType": "Parameters", "parameter": [{"name": "operation", "part": listed}]}


@pytest.mark.parametrize(
    ("patch", "refusal"),
    [
        ({"op": "add"}, Malformed),
        ([{"op": "brew", "path": "/a"}], Malformed),
        ([{"op": "add", "path": "a", "value": 1}], Malformed),
        ([{"op": "add", "path": "/a"}], Malformed),
        ([1], Malformed),
        ([{"op": "test", "path": "/active", "value": False}], Unprocessable),
        ([{"op": "test", "path": "/nothing", "value": 1}], Unprocessable),
        ([{"op": "remove", "path": "/nothing"}], Unprocessable),
        ([{"op": "add", "path": "/a/b", "value": 1}], Unprocessable),
        ([{"op": "replace", "path": "/id", "value": "q"}], Unprocessable),
        ([{"op": "remove", "path": "/resourceType"}], Unprocessable),
        ([{"op": "replace", "path": "", "value": []}], Unprocessable),
    ],
)
def test_a_json_patch_that_cannot_be_done_says_why(patch: Any, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        json_patch.apply(a_patient(active=True), patch)


def test_a_json_patch_leaves_other_numbers_and_the_resource_alone() -> None:
    before = text.load(b'{"resourceType":"X","a":1.50,"b":[1]}')

    after = json_patch.apply(before, [{"op": "remove", "path": "/b/0"}, {"op": "add", "path": "/c", "value": True}])

    assert text.dump(after) == b'{"resourceType":"X","a":1.50,"c":true}'
    assert text.dump(before) == b'{"resourceType":"X","a":1.50,"b":[1]}'


def test_a_merge_patch_replaces_members_and_removes_null() -> None:
    after = merge_patch.apply(a_patient(active=True, name=[{"family": "A"}]), {"active": None, "name": [{"family": "B"}]})

    assert after == a_patient(name=[{"family": "B"}])


@given(st.recursive(st.integers() | st.text(), lambda inner: st.dictionaries(st.text(max_size=2), inner, max_size=3)))
def test_merging_a_value_without_null_twice_is_merging_it_once(value: Any) -> None:
    once = merge_patch.merged({"a": {"b": 1}}, value)

    assert merge_patch.merged(once, value) == once


def test_a_choice_is_added_and_replaced_by_its_type() -> None:
    added = fhirpath_patch.apply(
        a_patient(), operation("add", "Patient", name={"valueString": "deceased"}, value={"valueBoolean": True})
    )
    changed = fhirpath_patch.apply(added, operation("replace", "Patient.deceased", value={"valueDateTime": "2026-01-01"}))

    assert added == a_patient(deceasedBoolean=True)
    assert changed == a_patient(deceasedDateTime="2026-01-01")


def test_where_chooses_the_element_that_is_changed() -> None:
    before = a_patient(telecom=[{"system": "phone", "value": "1"}, {"system": "email", "value": "a@b"}])

    after = fhirpath_patch.apply(
        before, operation("replace", "Patient.telecom.where(system = 'email').value", value={"valueString": "c@d"})
    )

    assert after["telecom"] == [{"system": "phone", "value": "1"}, {"system": "email", "value": "c@d"}]


def test_siblings_of_a_primitive_list_move_with_their_values() -> None:
    before = a_patient(name=[{"given": ["A", "B"], "_given": [None, {"id": "b"}]}])
    one, two = {"valueInteger": 1}, {"valueInteger": 0}

    after = fhirpath_patch.apply(before, operation("move", "Patient.name[0].given", source=one, destination=two))

    assert after["name"] == [{"given": ["B", "A"], "_given": [{"id": "b"}, None]}]


def test_the_last_of_a_list_takes_the_list_with_it() -> None:
    after = fhirpath_patch.apply(a_patient(name=[{"family": "A"}]), operation("delete", "Patient.name[0].family"))

    assert after == a_patient()


@pytest.mark.parametrize(
    ("patch", "refusal"),
    [
        ({"resourceType": "Patient"}, Malformed),
        (operation("brew", "Patient"), Malformed),
        (operation("delete", "Patient.nosuch"), Malformed),
        (operation("delete", "Patient.name.repeat(x)"), Malformed),
        (operation("delete", "Patient..name"), Malformed),
        (operation("delete", "Patient.name.where(= =)"), Malformed),
        (operation("replace", "Patient.birthDate"), Unprocessable),
        (operation("replace", "Patient.birthDate", value={"valueDate": "2000-01-01"}), Unprocessable),
        (operation("delete", "Patient.name"), Unprocessable),
        (operation("replace", "Patient.id", value={"valueId": "q"}), Unprocessable),
        (operation("add", "Patient", name={"valueString": "active"}, value={"valueBoolean": True}), Unprocessable),
        (operation("insert", "Patient.name", index={"valueInteger": 9}, value={"valueHumanName": {"text": "x"}}), Unprocessable),
        (operation("delete", "Patient.where(" + "(" * 40), Malformed),
    ],
)
def test_a_fhirpath_patch_that_cannot_be_done_says_why(patch: Any, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        fhirpath_patch.apply(a_patient(active=True, name=[{"family": "A"}, {"family": "B"}]), patch)
