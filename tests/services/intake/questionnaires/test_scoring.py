"""What answers count for, and what the sum means."""

from __future__ import annotations

import pytest

from services.intake.questionnaires.scoring import scores
from tests.services.intake.questionnaires.asking import a_phq_9, a_response, answered, shipped


@pytest.mark.parametrize(
    ("points", "total", "band", "acts"),
    [
        ((0,) * 9, 0, "minimal", ""),
        ((1, 1, 1, 1, 1, 0, 0, 0, 0), 5, "mild", "case-manager"),
        ((2, 2, 2, 2, 2, 0, 0, 0, 0), 10, "moderate", "physician"),
        ((2, 2, 2, 2, 2, 2, 2, 0, 0), 14, "moderate", "physician"),
        ((3, 3, 3, 3, 3, 0, 0, 0, 0), 15, "moderately-severe", "physician"),
        ((3, 3, 3, 3, 3, 3, 2, 0, 0), 20, "severe", "physician"),
    ],
)
def test_the_nine_answers_add_up_to_a_band(points: tuple[int, ...], total: int, band: str, acts: str) -> None:
    [score, _] = scores(shipped("phq-9"), a_phq_9(*points))

    assert score.band is not None
    assert (score.value, score.band.code, score.band.acts) == (total, band, acts)


def test_one_answer_may_call_for_action_whatever_the_sum() -> None:
    [score, harm] = scores(shipped("phq-9"), a_phq_9(0, 0, 0, 0, 0, 0, 0, 0, 1))

    assert score.value == harm.value == 1
    assert harm.band is not None
    assert (harm.band.code, harm.band.acts, harm.band.flags) == ("present", "crisis-team", True)


def test_numbers_count_as_their_table_says() -> None:
    response = a_response(
        answered("length-of-stay", 11, name="valueInteger"),
        answered("emergency", True, name="valueBoolean"),
        answered("comorbidity", 2, name="valueInteger"),
        answered("earlier-visits", 7, name="valueInteger"),
    )

    [score] = scores(shipped("readmission"), response)

    assert score.band is not None
    assert (score.value, score.band.code) == (5 + 3 + 2 + 4, "high")


def test_without_an_answer_there_is_no_score() -> None:
    assert list(scores(shipped("phq-9"), a_response())) == []
