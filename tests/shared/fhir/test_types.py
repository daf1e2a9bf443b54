"""The generated TypedDicts: named as in FHIR, one for each owned type."""

from __future__ import annotations

import pytest

from services.directory import DIRECTORY
from shared.fhir import types

OWNED = [type for owned in DIRECTORY.owns.values() for type in owned]


@pytest.mark.parametrize("type", [*OWNED, "CarePlanActivityDetail", "CodeableConcept", "Period"])
def test_every_owned_type_has_its_class(type: str) -> None:
    assert getattr(types, type).__name__ == type
