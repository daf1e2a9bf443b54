"""How much a case weighs, and who has room."""

from __future__ import annotations

import pytest

from services.intake.caseload import Load, in_order_of_risk, least_loaded, weight
from tests.services.building import a_case


@pytest.mark.parametrize(
    ("model", "acuity", "weighs"),
    [("clinical", "high", 6), ("clinical", "low", 2), ("intensive", "high", 12), ("brokerage", "medium", 2)],
)
def test_a_case_weighs_by_model_and_acuity(model: str, acuity: str, weighs: int) -> None:
    assert weight(a_case(model, acuity)) == weighs


def test_the_manager_with_most_room_gets_the_case() -> None:
    half, third = Load("Practitioner/a", 30, 60), Load("Practitioner/b", 10, 30)

    assert least_loaded([half, third], 6) == third


def test_a_manager_takes_a_case_that_just_fits_and_none_that_does_not() -> None:
    assert least_loaded([Load("Practitioner/a", 54, 60)], 6)
    assert least_loaded([Load("Practitioner/a", 55, 60)], 6) is None


def test_who_is_at_risk_comes_first_then_who_has_waited_longest() -> None:
    waiting = [
        a_case(acuity="low", id="calm", period={"start": "2026-05-01"}),
        a_case(acuity="high", id="later", period={"start": "2026-05-03"}),
        a_case(acuity="high", id="sooner", period={"start": "2026-05-02"}),
    ]

    assert [case["id"] for case in in_order_of_risk(waiting)] == ["sooner", "later", "calm"]
