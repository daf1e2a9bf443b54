"""What a plan pays for, and how authorizations are used up."""

from __future__ import annotations

from datetime import date

import pytest

from services.coverage.benefits import plan_from
from services.coverage.days import ALWAYS
from services.coverage.ledger import share
from services.coverage.live import digest, in_order
from services.coverage.question import Wanted
from tests.services.building import a_benefit, a_service, an_insurance_plan

PLAN = plan_from(an_insurance_plan(a_benefit("PT"), a_benefit("MH", needs_authorization=True)))


def test_a_plan_covers_what_it_names() -> None:
    physical, mental = (PLAN.benefit_for(Wanted(code)) for code in ("PT", "MH"))

    assert physical
    assert (physical.visits, physical.needs_authorization) == (30, False)
    assert mental
    assert (mental.visits, mental.needs_authorization) == (30, True)
    assert PLAN.benefit_for(Wanted("AD")) is None


def test_a_benefit_that_names_the_product_goes_before_one_that_names_the_service_type() -> None:
    cpt = ("http://www.ama-assn.org/go/cpt", "97110")
    named = a_benefit("PT", needs_authorization=True)
    named["type"]["coding"] = [{"system": cpt[0], "code": cpt[1]}]
    plan = plan_from(an_insurance_plan(a_benefit("PT"), named))

    found = plan.benefit_for(Wanted("PT", products=(cpt,)))

    assert found
    assert found.needs_authorization


def test_insurers_pay_in_their_order_and_those_without_one_last() -> None:
    insurers = [{"id": "c"}, {"id": "b", "order": 2}, {"id": "a", "order": 1}]

    assert [each["id"] for each in in_order(insurers)] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("held", "used"),
    [(0, [0, 0]), (4, [4, 0]), (6, [6, 0]), (7, [6, 1]), (9, [6, 2])],
)
def test_an_authorization_is_used_up_before_the_next_begins(held: int, used: list[int]) -> None:
    assert share([date(2026, 5, 28)] * held, [(6, ALWAYS), (2, ALWAYS)]) == used


def test_the_digest_changes_with_what_a_payer_looks_at_and_with_nothing_else() -> None:
    assert digest(a_service(visits=6)) != digest(a_service(visits=8))
    assert digest(a_service(note=[{"text": "by the window"}], status="draft")) == digest(a_service())
