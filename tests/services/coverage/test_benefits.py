"""What a plan pays for, when a coverage is in force, how authorizations are decided and used up."""

from __future__ import annotations

from datetime import date

import pytest

from services.coverage.authorization import Decision, decide
from services.coverage.benefits import NOT_COVERED, Benefit, benefit_for, in_force
from services.coverage.ledger import share
from services.coverage.live import digest, in_order
from tests.services.building import a_benefit, a_coverage, a_service, an_insurance_plan

PLAN = an_insurance_plan(a_benefit("PT"), a_benefit("MH", needs_authorization=True))


def test_a_plan_covers_what_it_names() -> None:
    assert benefit_for("PT", PLAN) == Benefit(covered=True, limit=30)
    assert benefit_for("MH", PLAN) == Benefit(covered=True, needs_authorization=True, limit=30)
    assert benefit_for("AD", PLAN) == NOT_COVERED


@pytest.mark.parametrize(
    ("period", "holds"),
    [
        ({"start": "2026-01-01", "end": "2026-12-31"}, True),
        ({"start": "2026-05-11", "end": "2026-05-11"}, True),
        ({"end": "2026-05-10"}, False),
        ({"start": "2026-05-12"}, False),
        ({"start": "2026-05", "end": "2026-05"}, True),
        ({"end": "2026-04"}, False),
        ({"start": "2026", "end": "2026"}, True),
        ({}, True),
        ({"end": "2026-05-11T23:00:00-05:00"}, True),
    ],
)
def test_a_coverage_is_in_force_in_its_period(period: dict[str, str], holds: bool) -> None:
    assert in_force(a_coverage(period=period), date(2026, 5, 11)) is holds


def test_a_cancelled_coverage_is_not_in_force() -> None:
    assert not in_force(a_coverage(status="cancelled"), date(2026, 5, 11))


def test_insurers_pay_in_their_order_and_those_without_one_last() -> None:
    insurers = [{"id": "c"}, {"id": "b", "order": 2}, {"id": "a", "order": 1}]

    assert [each["id"] for each in in_order(insurers)] == ["a", "b", "c"]


RULES = (
    {"category": "MH", "decision": "approve", "visits": 6, "days": 120, "reason": "six"},
    {"category": "DM", "decision": "deny", "reason": "no"},
    {"category": "*", "decision": "pend", "reason": "look"},
)


@pytest.mark.parametrize(
    ("category", "wanted", "decision"),
    [
        ("MH", 8, Decision("complete", 6, 120, "six")),
        ("MH", 2, Decision("complete", 2, 120, "six")),
        ("DM", 1, Decision("complete", 0, 0, "no")),
        ("PT", 1, Decision("queued", 0, 0, "look")),
    ],
    ids=["fewer than asked", "never more than asked", "denied", "waits for a reviewer"],
)
def test_the_first_rule_that_fits_decides(category: str, wanted: int, decision: Decision) -> None:
    assert decide(category, wanted, RULES) == decision


@pytest.mark.parametrize(
    ("held", "used"),
    [(0, [0, 0]), (4, [4, 0]), (6, [6, 0]), (7, [6, 1]), (9, [6, 2])],
)
def test_an_authorization_is_used_up_before_the_next_begins(held: int, used: list[int]) -> None:
    assert share(held, [6, 2]) == used


def test_the_digest_changes_with_what_a_payer_looks_at_and_with_nothing_else() -> None:
    assert digest(a_service(visits=6)) != digest(a_service(visits=8))
    assert digest(a_service(note=[{"text": "by the window"}], status="draft")) == digest(a_service())
