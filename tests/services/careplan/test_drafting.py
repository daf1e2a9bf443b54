"""A plan is what its model says, for this patient."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from services.careplan.cadence import rhythm
from services.careplan.drafting import Occasion, draft
from services.careplan.models import SHIPPED
from shared.fhir.gate import check
from tests.services.town import MONDAY

MODELS = sorted(SHIPPED.glob("*.json"))
OCCASION = Occasion(
    key="case",
    patient="Patient/river",
    now=MONDAY,
    manager="Practitioner/nadia",
    case="EpisodeOfCare/case",
    conditions=("Condition/femur",),
)


def model(name: str) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads((SHIPPED / f"{name}.json").read_bytes())
    return found


def by_type(resources: list[dict[str, Any]], type: str) -> list[dict[str, Any]]:
    return [resource for resource in resources if resource["resourceType"] == type]


def test_there_are_the_four_models() -> None:
    assert [path.stem for path in MODELS] == ["brokerage", "clinical", "intensive", "strengths-based"]


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_a_model_and_all_that_it_makes_is_legal_fhir(path: Path) -> None:
    definition = orjson.loads(path.read_bytes())

    for resource in [definition, *draft(definition, OCCASION)]:
        assert check(resource) == []


def test_the_clinical_model_makes_three_therapies_education_and_a_medication_review() -> None:
    made = draft(model("clinical"), OCCASION)

    therapies = [request["code"]["text"] for request in by_type(made, "ServiceRequest")]
    tasks = [task["code"]["text"] for task in by_type(made, "Task")]
    assert therapies == ["Physical therapy", "Occupational therapy", "Neuropsychology"]
    assert tasks == ["Education about the injury and its course", "Medication review"]
    assert len(by_type(made, "Goal")) == 3


def test_the_plan_comes_last_and_refers_to_every_part() -> None:
    *parts, plan = draft(model("clinical"), OCCASION)

    referred = [each["reference"]["reference"] for each in plan["activity"]]
    referred += [each["reference"] for each in plan["goal"] + plan["careTeam"]]
    assert sorted(referred) == sorted(f"{part['resourceType']}/{part['id']}" for part in parts)
    assert plan["instantiatesCanonical"] == ["urn:careloom:model:clinical|1.0.0"]


def test_the_same_case_makes_the_same_ids_and_another_case_others() -> None:
    def ids(occasion: Occasion) -> set[str]:
        return {resource["id"] for resource in draft(model("clinical"), occasion)}

    other = Occasion(key="other", patient="Patient/river", now=MONDAY)
    assert ids(OCCASION) == ids(OCCASION)
    assert not ids(OCCASION) & ids(other)


@pytest.mark.parametrize(
    ("name", "step"),
    [
        ("clinical", timedelta(weeks=1)),
        ("strengths-based", timedelta(days=10)),
        ("intensive", timedelta(hours=56)),
        ("brokerage", None),
    ],
)
def test_contact_has_the_rhythm_of_the_model(name: str, step: timedelta | None) -> None:
    assert rhythm(model(name)) == step
