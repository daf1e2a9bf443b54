"""How a service stands with the payers, in a word, in figures and in a sentence."""

from __future__ import annotations

from datetime import date

from services.careplan.covering import Standing, standing
from tests.services.building import Resource, an_answer, an_authorization

TODAY = date(2026, 6, 1)
UNTIL = date(2026, 9, 9)
NEEDS = an_answer(needs_authorization=True)


def stands(answers: list[Resource], decisions: list[Resource], today: date = TODAY, to_come: int | None = None) -> Standing:
    return standing(answers, decisions, today, to_come)


def an_answer_until(end: str) -> Resource:
    answer = an_answer()
    answer["insurance"][0]["benefitPeriod"] = {"start": "2026-01-01", "end": end}
    return answer


def test_nobody_has_answered_yet() -> None:
    assert stands([], []) == Standing("unknown")


def test_a_payer_that_cannot_say_has_not_answered() -> None:
    assert stands([an_answer(outcome="error", insurance=[])], []) == Standing("unknown")


def test_one_insurer_that_covers_is_enough() -> None:
    assert stands([an_answer(excluded=True), an_answer()], []) == Standing("covered")


def test_what_no_insurer_covers_is_not_covered() -> None:
    assert stands([an_answer(excluded=True)], []) == Standing("not covered")


def test_a_coverage_that_is_not_in_force_covers_nothing() -> None:
    ended = an_answer()
    ended["insurance"][0]["inforce"] = False

    assert stands([ended], []).word == "not covered"


def test_what_is_covered_shows_the_visits_to_come_and_the_end_of_the_coverage() -> None:
    shown = stands([an_answer_until("2026-12-31")], [], to_come=5)

    assert shown == Standing("covered", left=5, until=date(2026, 12, 31))
    assert shown.sentence == "Covered: 5 visits to come, until 31 December 2026"


def test_the_day_after_the_coverage_nothing_is_covered_even_if_nobody_has_said_so_yet() -> None:
    answers = [an_answer_until("2026-06-01")]

    assert stands(answers, []).word == "covered"
    assert stands(answers, [], date(2026, 6, 2)).word == "not covered"


def test_an_authorization_is_needed_pending_denied_or_approved() -> None:
    assert stands([NEEDS], []) == Standing("authorization needed")
    assert stands([NEEDS], [an_authorization(outcome="queued", item=[])]) == Standing("authorization pending")
    assert stands([NEEDS], [an_authorization(0)]) == Standing("authorization denied")
    assert stands([NEEDS], [an_authorization(6, used=2)]) == Standing("approved", 6, 2, 4, UNTIL)


def test_the_sentence_says_what_is_left_and_until_when() -> None:
    assert stands([NEEDS], [an_authorization(6, used=2)]).sentence == "Approved: 4 of 6 visits left, until 9 September 2026"
    assert stands([NEEDS], []).sentence == "Authorization needed"


def test_a_renewal_adds_its_visits() -> None:
    renewal = an_authorization(2, preAuthPeriod={"end": "2026-12-31"})

    assert stands([NEEDS], [an_authorization(6, used=6), renewal]) == Standing("approved", 8, 6, 2, date(2026, 12, 31))


def test_what_is_used_up_or_expired_is_to_be_authorized_again() -> None:
    assert stands([NEEDS], [an_authorization(6, used=6)], to_come=2) == Standing("authorization needed", 6, 6, 0, UNTIL)
    assert stands([NEEDS], [an_authorization(6, used=2)], date(2026, 9, 10), 4).word == "authorization needed"
    assert stands([NEEDS], [an_authorization(6, used=2)], UNTIL, 4).word == "approved"


def test_a_renewal_that_waits_is_pending_when_the_first_is_used_up() -> None:
    waiting = an_authorization(id="renewal", outcome="queued", item=[])

    assert stands([NEEDS], [an_authorization(6, used=6), waiting], to_come=2).word == "authorization pending"
    assert stands([NEEDS], [an_authorization(6, used=5), waiting], to_come=3).word == "approved"


def test_when_all_that_the_plan_wants_has_taken_place_nothing_more_is_needed() -> None:
    assert stands([NEEDS], [an_authorization(6, used=6)], to_come=0).word == "approved"


def test_a_payer_that_could_not_decide_is_asked_again() -> None:
    assert stands([NEEDS], [an_authorization(outcome="error", item=[])]).word == "authorization needed"
