"""The gate and `fhir.resources.R4B` agree on every official example, but for what R4B is known to read otherwise."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
from fhir.resources.R4B import get_fhir_model_class

from shared.fhir import gate
from tests.shared.fhir.gate.samples import APPOINTMENT, OBSERVATION, PATIENT, PLAN

EXAMPLES = sorted((Path(__file__).parents[5] / "shared" / "data" / "r4-examples").glob("*.json"))

# Questionnaire/qs1 has displays without linkId, which the gate tolerates because it is an official example.
DIFFERENT = {"Questionnaire-qs1"}


def model_accepts(resource: dict[str, Any]) -> bool:
    try:
        get_fhir_model_class(resource["resourceType"]).model_validate(resource)
    except ValueError:
        return False
    return True


@pytest.mark.skipif(not EXAMPLES, reason="the official examples are not beside the project (../shared/data)")
@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_gate_and_models_agree_on_official_examples(file: Path) -> None:
    resource = orjson.loads(file.read_bytes())

    assert (gate.check(resource) == []) is (model_accepts(resource) or file.stem in DIFFERENT)


@pytest.mark.parametrize("resource", [PLAN, PATIENT, APPOINTMENT, OBSERVATION], ids=lambda resource: resource["resourceType"])
def test_gate_and_models_agree_on_our_own(resource: dict[str, Any]) -> None:
    assert gate.check(resource) == []
    assert model_accepts(resource)
