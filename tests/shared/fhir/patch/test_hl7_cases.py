"""The published patch cases, run against our three kinds of patch."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from shared.fhir.patch import fhirpath_patch, json_patch
from shared.fhir.patch.elements import element
from shared.fhir.refusal import Refusal

DATA = Path(__file__).parents[5] / "shared" / "data" / "patch"
FHIR = "{http://hl7.org/fhir}"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the published patch cases are not beside the project")


def json_cases() -> list[Any]:
    file = DATA / "json-patch-tests.json"
    cases = json.loads(file.read_text()) if file.exists() else []
    return [pytest.param(case, id=case.get("comment", str(place))[:60]) for place, case in enumerate(cases)]


@pytest.mark.parametrize("case", json_cases())
def test_json_patch_does_what_the_published_case_says(case: dict[str, Any]) -> None:
    if case.get("disabled"):
        pytest.skip("disabled by its authors")
    if "error" in case:
        with pytest.raises(Refusal):
            json_patch.changed(case["doc"], case["patch"])
    else:
        assert json_patch.changed(case["doc"], case["patch"]) == case.get("expected", case["doc"])


def fhir_cases() -> list[Any]:
    file = DATA / "fhir-patch-tests.xml"
    cases = ET.parse(file).getroot().iter("case") if file.exists() else []
    return [pytest.param(case, id=case.get("name")) for case in cases]


@pytest.mark.parametrize("case", fhir_cases())
def test_fhirpath_patch_does_what_the_published_case_says(case: ET.Element) -> None:
    resource = as_json(case.find("input")[0])  # type: ignore[index]
    patch = as_json(case.find("diff")[0])  # type: ignore[index]
    output = case.find("output")

    if output is None:
        with pytest.raises(Refusal):
            fhirpath_patch.apply(resource, patch)
    else:
        assert in_words(fhirpath_patch.apply(resource, patch)) == in_words(as_json(output[0]))


def in_words(resource: dict[str, Any]) -> dict[str, Any]:
    """The narrative as its words: blanks and tags are printed differently in XML and in the cases' strings."""
    if "text" not in resource:
        return resource
    words = " ".join(re.sub("<[^>]*>", " ", resource["text"]["div"]).split())
    return resource | {"text": resource["text"] | {"div": words}}


def as_json(node: ET.Element) -> dict[str, Any]:
    """A resource in FHIR's XML as FHIR's JSON, as far as the cases need it."""
    type = node.tag.removeprefix(FHIR)
    return {"resourceType": type} | object_of(node, type)


def object_of(node: ET.Element, group: str) -> dict[str, Any]:
    made: dict[str, Any] = dict(node.attrib)
    for child in node:
        name = child.tag.rpartition("}")[2]
        found = element(group, name)
        assert found, f"{group}.{name}"
        inside = found.keys[name] if found.choice else found.group
        value, beside = value_of(child, inside)
        if found.many:
            made.setdefault(name, []).append(value)
        elif value is not None:
            made[name] = value
        if beside:
            made["_" + name] = beside
    return made


def value_of(node: ET.Element, type: str) -> tuple[Any, dict[str, Any] | None]:
    if type == "xhtml":
        return " ".join(node.itertext()), None
    if type == "Resource":
        return as_json(node[0]), None
    if type[:1].isupper():
        return object_of(node, type), None
    text = node.attrib.get("value")
    rest = ET.Element(node.tag, {name: value for name, value in node.attrib.items() if name != "value"})
    rest.extend(list(node))
    beside = object_of(rest, "Extension") or None
    if type == "boolean":
        return text == "true", beside
    return int(text) if text and type in ("integer", "positiveInt", "unsignedInt") else text, beside
