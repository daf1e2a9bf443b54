"""The condensed search parameters: complete, without collisions, and leading where the official FHIRPath leads."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fhirpathpy import evaluate
from fhirpathpy.models import models

from services.directory import DIRECTORY
from shared.fhir.parameters import DERIVED, Found, absent, number_of, parameters, resource_types

EXAMPLES = Path(__file__).parents[4] / "shared" / "data" / "r4-examples"
OWNED = sorted(type for types in DIRECTORY.owns.values() for type in types)

FREE_TEXT = {("CarePlan", "activity-date")}
"""Where the expression also leads to a choice's string, which is no date."""

_STEP = re.compile(r"(?P<key>\w+)(?P<list>\[\])?(?:\[(?P<place>\d+)\])?(?:\{(?P<of>\w+)=(?P<is>[^}]+)\})?")
_RESOLVED = re.compile(r"\.where\(resolve\(\) is (\w+)\)")


def test_no_two_parameters_have_the_same_number() -> None:
    names = [f"{type}.{code}" for type in resource_types() for code in parameters(type)]
    names += [f"{name}:{modifier}" for name in names for modifier in DERIVED]

    assert len({number_of(name) for name in names}) == len(names)


def test_the_numbers_stay_what_they_are() -> None:
    assert number_of("CarePlan.status") == 391_737_525


def test_every_type_has_room_for_its_shape_in_a_whole_number() -> None:
    assert max(len(parameters(type)) for type in resource_types()) < 63


def test_what_a_later_release_finds_is_found_where_we_need_it() -> None:
    found = parameters("Coverage")["subscriberid"]

    assert (found.kind, [each.path for each in found.found]) == ("token", ["subscriberId"])


@pytest.mark.parametrize("type", OWNED)
def test_an_owned_type_has_all_of_its_parameters(type: str) -> None:
    assert {"_tag", "_profile", "_security", "_source"} < parameters(type).keys()
    assert set(absent(type)) <= {"near"}
    assert all(parameter.found or parameter.contexts for parameter in parameters(type).values())


def values_at(resource: Any, path: str) -> Iterator[Any]:
    """What stands at the end of a path, by the plainest way to walk it."""
    found = [resource]
    for match in _STEP.finditer(path):
        found = [value[match["key"]] for value in found if isinstance(value, dict) and match["key"] in value]
        if match["list"]:
            found = [one for value in found for one in value]
        if match["place"]:
            found = [value[int(match["place"])] for value in found if len(value) > int(match["place"])]
        if match["of"]:
            found = [value for value in found if value.get(match["of"]) == match["is"]]
    yield from found


def fits(found: Found, value: Any) -> bool:
    return not found.only or value.get("reference", "").split("/")[-2:-1] == [found.only] or value.get("type") == found.only


def examples() -> list[Path]:
    return sorted(EXAMPLES.glob("*.json"))


@pytest.mark.skipif(not EXAMPLES.exists(), reason="the official examples are not beside the project")
@pytest.mark.parametrize("file", examples(), ids=lambda file: file.stem)
def test_the_paths_lead_where_the_official_expressions_lead(file: Path) -> None:
    resource = json.loads(file.read_text())
    for parameter in parameters(resource["resourceType"]).values():
        if parameter.contexts or any(found.type == "present" for found in parameter.found):
            continue
        only = _RESOLVED.findall(parameter.expression)
        expected = [
            value
            for alternative in parameter.expression.replace("Resource.", f"{parameter.type}.").split(" | ")
            for value in evaluate(resource, _RESOLVED.sub("", alternative), model=models["r4"])
        ]
        expected = [one for one in expected if not only or fits(Found("", "", only=only[0]), one)]

        expected = [one for one in expected if (parameter.type, parameter.code) not in FREE_TEXT or isinstance(one, dict)]

        ours = [value for found in parameter.found for value in values_at(resource, found.path) if fits(found, value)]

        assert _sorted(ours) == _sorted(expected), parameter


def _sorted(values: list[Any]) -> list[str]:
    return sorted(json.dumps(value, sort_keys=True) for value in values)
