"""How much a case weighs, and who has room."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.intake.caseload import Wanted, in_order_of_risk, least_loaded, placed, weight
from services.intake.roster import Load
from tests.services.building import a_case


@pytest.mark.parametrize(
    ("model", "acuity", "weighs"),
    [("clinical", "high", 6), ("clinical", "low", 2), ("intensive", "high", 12), ("brokerage", "medium", 2)],
)
def test_a_case_weighs_by_model_and_acuity(model: str, acuity: str, weighs: int) -> None:
    assert weight(a_case(model, acuity)) == weighs


def test_the_manager_with_most_room_gets_the_case() -> None:
    half, third = Load("Practitioner/a", 30, 60), Load("Practitioner/b", 10, 30)

    assert least_loaded([half, third], Wanted(6)) == third


def test_a_manager_takes_a_case_that_just_fits_and_none_that_does_not() -> None:
    assert least_loaded([Load("Practitioner/a", 54, 60)], Wanted(6))
    assert least_loaded([Load("Practitioner/a", 55, 60)], Wanted(6)) is None


def test_who_is_at_risk_comes_first_then_who_has_waited_longest() -> None:
    waiting = [
        a_case(acuity="low", id="calm", period={"start": "2026-05-01"}),
        a_case(acuity="high", id="later", period={"start": "2026-05-03"}),
        a_case(acuity="high", id="sooner", period={"start": "2026-05-02"}),
    ]

    assert [case["id"] for case in in_order_of_risk(waiting)] == ["sooner", "later", "calm"]


def test_who_speaks_the_patients_language_comes_before_who_has_most_room() -> None:
    speaks, has_room = Load("Practitioner/a", 50, 60, languages=frozenset({"es"})), Load("Practitioner/b", 0, 60)

    assert least_loaded([speaks, has_room], Wanted(6, language="es-MX")) == speaks
    assert least_loaded([has_room], Wanted(6, language="es-MX")) == has_room


def test_a_case_that_asks_for_a_credential_is_for_those_who_have_it() -> None:
    certified, other = Load("Practitioner/a", 50, 60, credentials=frozenset({"CCM"})), Load("Practitioner/b", 0, 60)

    assert least_loaded([certified, other], Wanted(6, frozenset({"CCM"}))) == certified
    assert least_loaded([other], Wanted(6, frozenset({"CCM"}))) is None


def test_a_heavy_case_is_not_passed_by_light_ones_for_ever() -> None:
    """It keeps the place of who is nearest to having room; the others go on."""
    near, full = Load("Practitioner/a", 8, 12), Load("Practitioner/b", 11, 12)
    heavy = waits("heavy", "high", "intensive")
    light = [waits(f"light-{number}", "low", "brokerage") for number in range(3)]

    given = placed([heavy, *light], [certified(near), certified(full)])

    assert {id: load.manager for id, load in given.items()} == {"light-0": "Practitioner/b"}


def test_a_case_that_nobody_could_ever_carry_keeps_nobodys_place() -> None:
    heavy, light = waits("heavy", "high", "intensive"), waits("light", "low", "brokerage")

    assert set(placed([heavy, light], [certified(Load("Practitioner/a", 0, 6))])) == {"light"}


def waits(id: str, acuity: str, model: str) -> dict[str, object]:
    case = a_case(model, acuity, id=id, status="waitlist")
    del case["careManager"]
    return case


def certified(load: Load) -> Load:
    return replace(load, credentials=frozenset({"CCM"}))
