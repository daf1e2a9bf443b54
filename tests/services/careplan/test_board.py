"""What the payers said of a service, in a word."""

from __future__ import annotations

from services.careplan.board import coverage_of
from tests.services.building import an_answer, an_authorization

NEEDS = an_answer(needs_authorization=True)


def test_nobody_has_answered_yet() -> None:
    assert coverage_of([], []) == ("unknown", {})


def test_a_payer_that_cannot_say_has_not_answered() -> None:
    assert coverage_of([an_answer(outcome="error", insurance=[])], []) == ("unknown", {})


def test_one_insurer_that_covers_is_enough() -> None:
    assert coverage_of([an_answer(excluded=True), an_answer()], []) == ("covered", {})


def test_what_no_insurer_covers_is_not_covered() -> None:
    assert coverage_of([an_answer(excluded=True)], []) == ("not covered", {})


def test_a_coverage_that_is_not_in_force_covers_nothing() -> None:
    ended = an_answer()
    ended["insurance"][0]["inforce"] = False

    assert coverage_of([ended], []) == ("not covered", {})


def test_an_authorization_is_needed_pending_denied_or_approved() -> None:
    approved = ("approved", {"visits": 6, "used": 2, "until": "2026-09-09"})

    assert coverage_of([NEEDS], []) == ("authorization needed", {})
    assert coverage_of([NEEDS], [an_authorization(outcome="queued", item=[])]) == ("authorization pending", {})
    assert coverage_of([NEEDS], [an_authorization(0)]) == ("authorization denied", {})
    assert coverage_of([NEEDS], [an_authorization(6, used=2)]) == approved


def test_a_renewal_adds_its_visits() -> None:
    renewal = an_authorization(2, preAuthPeriod={"end": "2026-12-31"})

    assert coverage_of([NEEDS], [an_authorization(6, used=6), renewal])[1] == {"visits": 8, "used": 6, "until": "2026-12-31"}
