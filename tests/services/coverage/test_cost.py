"""What visits cost the patient, to the cent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.coverage.benefits import Terms
from services.coverage.cost import Left, Payer, Share, visit, visits
from services.coverage.money import Money, money_of


def terms(copay: int = 0, percent: int = 0, *, deductible: bool = False) -> Terms:
    return Terms(None, Money(copay) if copay else None, percent * 100, deductible)


@pytest.mark.parametrize(
    ("allowed", "of", "left", "patient"),
    [
        (120_00, terms(copay=25_00), Left(), 25_00),
        (120_00, terms(percent=20), Left(), 24_00),
        (120_00, terms(percent=20, deductible=True), Left(deductible=50_00), 50_00 + 14_00),
        (120_00, terms(copay=25_00, deductible=True), Left(deductible=200_00), 120_00),
        (10_00, terms(copay=25_00), Left(), 10_00),
        (120_00, terms(percent=20), Left(out_of_pocket=10_00), 10_00),
        (120_00, terms(percent=20), Left(out_of_pocket=0), 0),
        (120_00, terms(copay=25_00), Left(visits=0), 120_00),
        (120_00, None, Left(), 120_00),
        (33_33, terms(percent=50), Left(), 16_67),
    ],
    ids=["copay", "share", "deductible first", "deductible takes all", "never more than the price", "limit", "limit reached",
         "no visits left", "not covered", "half a cent goes up"],
)  # fmt: skip
def test_a_visit_costs_what_the_terms_say(allowed: int, of: Terms | None, left: Left, patient: int) -> None:
    assert visit(allowed, of, left).patient == patient


def test_the_deductible_is_paid_once_over_all_visits() -> None:
    share, [after] = visits(3, 120_00, [Payer(terms(percent=20, deductible=True), Left(deductible=200_00))])

    assert (share.deductible, share.coinsurance) == (200_00, (40_00 + 120_00) // 5)
    assert after.left.deductible == 0


def test_a_second_payer_takes_over_what_it_would_pay_and_no_more_than_is_left() -> None:
    first, second = Payer(terms(percent=20), Left()), Payer(terms(copay=10_00), Left())

    share, _ = visits(1, 100_00, [first, second])

    assert (share.plan, share.others, share.patient) == (80_00, 20_00, 0)


AMOUNTS = st.integers(0, 500_00)
TERMS = st.builds(terms, AMOUNTS, st.integers(0, 100), deductible=st.booleans())
LEFTS = st.builds(Left, AMOUNTS, st.none() | AMOUNTS, st.none() | st.integers(0, 5))


@given(st.integers(0, 8), AMOUNTS, st.lists(st.builds(Payer, st.none() | TERMS, LEFTS), max_size=3))
def test_nobody_pays_less_than_nothing_and_together_they_pay_all(number: int, allowed: int, payers: list[Payer]) -> None:
    share, after = visits(number, allowed, payers)

    assert share.allowed == number * allowed == share.plan + share.others + share.patient
    assert min(share.plan, share.others, share.patient, share.deductible, share.copay, share.coinsurance) >= 0
    for before, now in zip(payers, after, strict=True):
        assert 0 <= now.left.deductible <= before.left.deductible
        assert now.left.out_of_pocket is None or 0 <= now.left.out_of_pocket <= (before.left.out_of_pocket or 0)


@given(st.integers(0, 8), AMOUNTS, TERMS, st.integers(0, 100_00))
def test_what_is_covered_never_costs_more_than_the_limit(number: int, allowed: int, of: Terms, limit: int) -> None:
    share, _ = visits(number, allowed, [Payer(of, Left(deductible=50_00, out_of_pocket=limit))])

    assert share.patient <= limit


def test_shares_add_up_part_by_part() -> None:
    assert Share(100, 1, 2, 3, 4, 5) + Share(10, 1, 1, 1, 1, 1) == Share(110, 2, 3, 4, 5, 6)


@pytest.mark.parametrize(
    ("said", "money"),
    [
        ({"value": 129.16000000000003, "currency": "USD"}, Money(129_16)),
        ({"value": 0.005, "currency": "USD"}, Money(1)),
        ({"value": 1500, "currency": "JPY"}, Money(1500, "JPY")),
        ({"value": 1.5, "code": "KWD", "system": "urn:iso:std:iso:4217"}, Money(1500, "KWD")),
        ({"currency": "USD"}, None),
        (None, None),
    ],
)
def test_money_is_whole_cents_of_its_currency(said: dict[str, object] | None, money: Money | None) -> None:
    assert money_of(said) == money


def test_money_is_printed_for_people_and_refuses_to_mix() -> None:
    assert str(Money(1234_50)) == "1,234.50 USD"
    with pytest.raises(ValueError, match="don't add up"):
        Money(1) + Money(1, "EUR")
