"""How high a risk is, by rules that are data."""

from __future__ import annotations

import pytest

from services.intake.assessment.conditions import groups_of, points_of, standing
from services.intake.assessment.facts import Facts
from services.intake.assessment.programmes import PROGRAMMES, fit, fits
from services.intake.assessment.risk import assess
from shared.fhir.element import concept
from tests.services.town import Resource

ICD, SNOMED = "http://hl7.org/fhir/sid/icd-10-cm", "http://snomed.info/sct"
NOTHING = {"length-of-stay": 0.0, "emergency": 0.0, "comorbidity": 0.0, "earlier-visits": 0.0}


@pytest.mark.parametrize(
    ("facts", "score", "risk"),
    [
        ({}, 0, "low"),
        ({"length-of-stay": 3, "emergency": 1}, 6, "moderate"),
        ({"length-of-stay": 6}, 4, "low"),
        ({"length-of-stay": 13}, 5, "moderate"),
        ({"length-of-stay": 14, "emergency": 1}, 10, "high"),
        ({"comorbidity": 9, "earlier-visits": 9}, 9, "moderate"),
        ({"length-of-stay": 40, "emergency": 1, "comorbidity": 9, "earlier-visits": 9}, 19, "high"),
    ],
)
def test_the_readmission_score_is_lace_like(facts: dict[str, float], score: int, risk: str) -> None:
    found = assess(NOTHING | facts, ())

    assert (found.score, found.readmission.is_) == (score, risk)
    assert found.score == sum(found.points.values())


@pytest.mark.parametrize(
    ("facts", "groups", "acuity"),
    [
        ({}, (), "low"),
        ({}, ("brain-injury",), "high"),
        ({"phq-9": 9}, (), "low"),
        ({"phq-9": 10}, (), "medium"),
        ({"phq-9": 20}, (), "high"),
        ({"self-harm": 1}, (), "high"),
        ({"needs": 8, "phq-9": 12}, (), "high"),
        ({"length-of-stay": 14}, (), "medium"),
        ({"length-of-stay": 14, "emergency": 1}, (), "high"),
    ],
)
def test_the_first_rule_that_fits_gives_the_acuity_and_says_why(
    facts: dict[str, float], groups: tuple[str, ...], acuity: str
) -> None:
    found = assess(NOTHING | facts, groups)

    assert found.acuity.is_ == acuity
    assert found.acuity.because


def test_every_flag_that_fits_is_raised() -> None:
    worst = {"length-of-stay": 14, "emergency": 1, "earlier-visits": 4}

    assert [flag.is_ for flag in assess(NOTHING | worst, ()).flags] == ["high-readmission-risk", "frequent-visits"]


@pytest.mark.parametrize(
    ("system", "code", "group"),
    [
        (ICD, "S06.0X1A", "brain-injury"),
        (ICD, "S060X1A", "brain-injury"),
        (ICD, "I50.9", "heart-failure"),
        (ICD, "E11.65", None),
        (ICD, "E11.9", "diabetes"),
        (SNOMED, "127295002", "brain-injury"),
        ("urn:elsewhere", "127295002", None),
        (ICD, "F20.0", "chronic-mental-illness"),
    ],
)
def test_a_condition_belongs_to_groups_by_its_code(system: str, code: str, group: str | None) -> None:
    assert groups_of([{"code": concept(system, code)}]) == ({group} if group else set())


def test_the_heavier_form_of_an_illness_counts_alone() -> None:
    assert points_of({"diabetes", "diabetes-with-complications"}) == 2
    assert points_of({"cancer", "metastatic-cancer", "dementia"}) == 6 + 3


def test_what_is_over_or_was_never_so_does_not_count() -> None:
    def with_status(element: str, code: str) -> Resource:
        return {"code": concept(ICD, "I50.9"), element: concept("urn:any", code)}

    conditions = [
        with_status("clinicalStatus", "resolved"),
        with_status("verificationStatus", "entered-in-error"),
        with_status("clinicalStatus", "active"),
        {"code": concept(ICD, "I50.9")},
    ]

    assert list(standing(conditions)) == conditions[2:]


MEDICAID = frozenset({("https://nahdo.org/sopt", "2")})


def test_a_programme_fits_when_every_criterion_holds_and_says_which_ones_do() -> None:
    illness = frozenset({"chronic-mental-illness"})
    programme = PROGRAMMES["tcm-mental-illness"]

    fitting = fit(programme, Facts(NOTHING, illness, age=40, coverage_types=MEDICAID), "low")
    too_young = fit(programme, Facts(NOTHING, illness, age=17, coverage_types=MEDICAID), "low")
    uncovered = fit(programme, Facts(NOTHING, illness, age=None), "low")

    assert (fitting.fits, fitting.because) == (
        True,
        "has chronic mental illness; is covered by medicaid; is 40 years old, from 18 on",
    )
    assert (too_young.fits, too_young.because) == (False, "is 17 years old, from 18 on")
    assert (uncovered.fits, uncovered.because) == (False, "is not covered by medicaid; age is not known, from 18 on")


def test_programmes_that_fit_are_offered_first_in_the_order_of_the_table() -> None:
    known = Facts(NOTHING, frozenset({"brain-injury"}), age=31, coverage_types=MEDICAID)

    assert [each.code for each in fits(known, "high")][:2] == ["tcm-brain-injury", "complex-care"]
    assert not any(each.fits for each in fits(Facts(NOTHING), "low"))
