"""Of a large resource that is refused, a part gets words: it is small, refused as well, and blames the right element."""

from __future__ import annotations

from typing import Any

import pytest

from shared.fhir import gate
from shared.fhir.gate.portion import LARGE, portion

MANY = 60_000
Resource = dict[str, Any]


def patient(**elements: Any) -> Resource:
    return {"resourceType": "Patient", **elements}


def names(count: int, **wrong: Any) -> list[Resource]:
    """So many names, those at `at<index>` with another value."""
    found: list[Resource] = [{"family": "River", "given": ["A"]} for _ in range(count)]
    for at, value in wrong.items():
        found[int(at.removeprefix("at"))] = value
    return found


def test_one_defect_far_back_in_a_large_resource_is_blamed_where_it_stands() -> None:
    [issue] = gate.check(patient(active=True, name=names(MANY, at54321={"family": 1})))

    assert issue.expression == "Patient.name[54321].family"


def test_a_defect_in_a_list_within_a_list_is_blamed_where_it_stands() -> None:
    given = ["A"] * MANY
    given[40_000] = 7  # type: ignore[call-overload]

    [issue] = gate.check(patient(name=[*names(3), {"given": given}, *names(MANY)], gender="male"))

    assert issue.expression == "Patient.name[3].given[40000]"


def test_what_is_wrong_beside_large_lists_is_said() -> None:
    [issue] = gate.check(patient(name=names(MANY), telecom=[{"system": "phone", "value": "1"}] * MANY, gender="nobody"))

    assert issue.expression == "Patient.gender"


def test_contained_resources_are_described_in_part_as_well() -> None:
    inner = {"resourceType": "Patient", "id": "i", "name": names(MANY, at50000={"given": []})}

    found = gate.check(patient(contained=[inner], link=[{"other": {"reference": "#i"}, "type": "seealso"}]))

    assert [issue.expression for issue in found] == ["Patient.contained[0].name[50000].given"]


@pytest.mark.parametrize(
    "elements",
    [
        {"name": [{"x": 1}] * MANY},
        {"name": [{"given": [1] * MANY}] * 50},
        {"extension": [{"url": 1}] * MANY},
        {"name": [{}] * MANY, "address": [{}] * MANY, "telecom": [{"extension": [{}] * MANY}]},
    ],
    ids=["unknown", "nested", "costly", "everywhere"],
)
def test_of_very_many_defects_only_some_are_told(elements: Resource) -> None:
    found = gate.check(patient(**elements))

    assert 0 < len(found) <= 1_000


def test_a_part_is_small_and_found_in_few_steps() -> None:
    asked = []

    def refuses(one: Resource) -> bool:
        asked.append(one)
        return True

    found = portion(patient(name=[{"given": [1] * 1_000} for _ in range(3_000)], telecom=[{}] * 1_000_000), refuses)

    assert size(found.resource) <= LARGE
    assert len(asked) < 50


def test_what_is_small_is_described_as_a_whole() -> None:
    whole = patient(name=names(500))

    assert portion(whole, lambda _: True).resource is whole


def test_an_object_of_too_many_elements_is_refused_in_one_sentence() -> None:
    crowded = {f"x{number}": 1 for number in range(MANY)}

    [issue] = gate.check(patient(name=[{"family": "A"}, crowded]))

    assert (issue.expression, issue.status) == ("Patient.name[1]", 400)
    assert "1000 elements" in issue.message


def test_of_a_narrative_full_of_defects_some_are_told() -> None:
    div = f'<div xmlns="http://www.w3.org/1999/xhtml">{"<script/>" * MANY}</div>'

    assert 0 < len(gate.check(patient(text={"status": "generated", "div": div}))) <= 200


def size(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return len(inner) + sum(map(size, inner))
