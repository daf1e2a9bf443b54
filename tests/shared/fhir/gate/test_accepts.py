"""What the gate must let through."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pytest

from shared.fhir import gate
from shared.fhir.text import load
from tests.shared.fhir.gate.samples import APPOINTMENT, OBSERVATION, PATIENT, PLAN, changed, without

DATA = Path(__file__).parents[5] / "shared" / "data"
EXAMPLES = sorted((DATA / "r4-examples").glob("*.json"))
BUNDLES = sorted((DATA / "synthea").glob("*.json"))

DISPLAYED = '<div xmlns="http://www.w3.org/1999/xhtml">'
CONTAINED = {"resourceType": "Patient", "id": "p"}

LEGAL: dict[str, dict[str, Any]] = {
    "a plan": PLAN,
    "a patient": PATIENT,
    "an appointment": APPOINTMENT,
    "an observation": OBSERVATION,
    "a resource of nothing but its type": {"resourceType": "Patient"},
    "a companion beside its value": PATIENT | {"_birthDate": {"id": "b"}},
    "a companion with an extension instead of a value": without(PATIENT, "birthDate")
    | {"_birthDate": {"extension": [{"url": "http://example.org/x", "valueCode": "unknown"}]}},
    "a required primitive that is only an extension": without(PLAN, "status")
    | {"_status": {"extension": [{"url": "http://example.org/x", "valueCode": "unknown"}]}},
    "nulls in paired lists": changed(
        PATIENT, "name", to=[{"given": ["A", None], "_given": [None, {"extension": [{"url": "http://e.org", "valueId": "a"}]}]}]
    ),
    "an extension's value with companion": PATIENT
    | {"extension": [{"url": "http://e.org", "valueString": "a", "_valueString": {"id": "z"}}]},
    "an extension in an extension": PATIENT
    | {"extension": [{"url": "http://e.org", "extension": [{"url": "a", "valueMeta": {"source": "urn:x"}}]}]},
    "a contained subject": PLAN | {"subject": {"reference": "#p"}, "contained": [CONTAINED]},
    "a contained resource that refers to its container": PLAN
    | {"contained": [{"resourceType": "Task", "id": "t", "status": "draft", "intent": "plan", "focus": {"reference": "#"}}]},
    "an absolute reference": changed(PLAN, "subject", to={"reference": "https://example.org/fhir/Patient/1/_history/2"}),
    "a reference of another server's making": changed(PLAN, "subject", to={"reference": "https://example.org/people?id=1"}),
    "a urn": changed(PLAN, "subject", to={"reference": "urn:uuid:0d0c2a0c-7c2d-4b8e-9d39-95a0f1c2a1b7"}),
    "a conditional reference": changed(PLAN, "subject", to={"reference": "Patient?identifier=http://e.org|1"}),
    "a reference with a type": changed(PLAN, "subject", to={"type": "Patient", "identifier": {"value": "1"}}),
    "a leap second": changed(PLAN, "created", to="2016-12-31T23:59:60Z"),
    "a date alone as dateTime": changed(PLAN, "created", to="2026-01"),
    "the leap day of 2000": changed(PATIENT, "birthDate", to="2000-02-29"),
    "a period that ends on the day it starts": changed(PLAN, "period", to={"start": "2026-01-01T10:00:00Z", "end": "2026-01-01"}),
    "a Decimal": changed(OBSERVATION, "valueQuantity", "value", to=Decimal("105.00")),
    "decimals that keep their text": load(
        b'{"resourceType":"Observation","status":"final","code":{"text":"a"},"valueQuantity":{"value":105.00}}'
    ),
    "integers that keep their text": load(
        b'{"resourceType":"Appointment","status":"proposed","priority":3,"minutesDuration":60,'
        b'"participant":[{"actor":{"reference":"Patient/1"},"status":"accepted"}]}'
    ),
    "an entity in narrative": changed(PLAN, "text", "div", to=DISPLAYED + "a&nbsp;b &lt;c&gt;</div>"),
    "an image and a link": changed(
        PLAN, "text", "div", to=DISPLAYED + '<img src="#a"/><a href="https://e.org/?a=1:2">x</a></div>'
    ),
    "parameters with a resource": {"resourceType": "Parameters", "parameter": [{"name": "a", "resource": PATIENT}]},
    "a bundle": {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": PLAN}, {"resource": PATIENT}]},
}


@pytest.mark.parametrize("resource", LEGAL.values(), ids=LEGAL.keys())
def test_what_is_legal_passes(resource: dict[str, Any]) -> None:
    assert gate.check(resource) == []


@pytest.mark.skipif(not EXAMPLES, reason="the official examples are not beside the project (../shared/data)")
@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_every_official_example_passes(file: Path) -> None:
    assert gate.check(orjson.loads(file.read_bytes())) == []


@pytest.mark.skipif(not BUNDLES, reason="the hospital's bundles are not beside the project (../shared/data)")
@pytest.mark.parametrize("file", BUNDLES, ids=lambda file: file.stem)
def test_every_entry_of_a_hospital_export_passes(file: Path) -> None:
    assert gate.check(orjson.loads(file.read_bytes())) == []


def test_the_type_that_the_address_demands_is_right() -> None:
    assert gate.check(PLAN, "CarePlan") == []
