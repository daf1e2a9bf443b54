"""What a request is answered: by purpose, by day, by item, by insurer; and what it is told when it can't be."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from services.coverage.reasons import REASONS
from shared.fhir import gate
from shared.fhir.element import codes_in, concept
from shared.fhir.refusal import Malformed, Unprocessable
from tests.services.building import PAYOR, X12, Resource, a_benefit, a_coverage, a_patient, an_authorization, an_insurance_plan
from tests.services.coverage.plans import a_cost, a_plan_with_costs, a_request, an_explanation
from tests.services.town import Running

REASON = "urn:careloom:coverage-reason"


async def answered(coverage: Running, request: Resource) -> Resource:
    """The answer, which is legal R4 whatever it says."""
    await coverage.save(request)
    found = await coverage.one(f"CoverageEligibilityResponse?request=CoverageEligibilityRequest/{request['id']}&status=active")
    assert gate.check(found) == []
    return found


def reasons(element: Resource) -> list[str]:
    found = [codes_in(each.get("valueCodeableConcept"), REASON) for each in element.get("extension", ())]
    return [code for codes in found for code in codes]


def errors(answer: Resource) -> list[str]:
    return [code for each in answer.get("error", ()) for code in codes_in(each["code"], REASON)]


def benefits(item: Resource) -> dict[str, Any]:
    """kind → (allowed, used, remaining) as far as they are said."""
    found = {}
    for each in item.get("benefit", ()):
        amounts = [next((v for k, v in each.items() if k.startswith(name)), None) for name in ("allowed", "used")]
        left = next((v for e in each.get("extension", ()) for k, v in e.items() if k.startswith("value")), None)
        found[each["type"]["coding"][0]["code"]] = tuple(
            float(a["value"]) if isinstance(a, dict) else a for a in (*amounts, left)
        )
    return found


def during(start: str, end: str = "") -> Resource:
    return {"servicedDate": None, "servicedPeriod": {"start": start} | ({"end": end} if end else {})}


async def test_validation_says_whether_the_coverage_is_in_force_and_nothing_of_benefits(coverage: Running) -> None:
    await coverage.save(an_insurance_plan())
    await coverage.save(a_coverage())

    answer = await answered(coverage, a_request("PT", purpose=["validation"]))

    [insurance] = answer["insurance"]
    assert (answer["outcome"], insurance["inforce"], "item" in insurance) == ("complete", True, False)
    assert answer["disposition"] == "The coverage is in force; nothing more has to be done."


async def test_auth_requirements_says_what_is_needed_and_no_amounts(coverage: Running) -> None:
    papers = concept("http://loinc.org", "18776-5", "Plan of care")
    benefit = a_benefit("MH", needs_authorization=True)
    benefit["extension"].append({"url": "urn:careloom:authorization-supporting", "valueCodeableConcept": papers})
    await coverage.save(an_insurance_plan(benefit))
    await coverage.save(a_coverage())

    answer = await answered(coverage, a_request("MH", purpose=["auth-requirements"]))

    [item] = answer["insurance"][0]["item"]
    assert (item["authorizationRequired"], item["authorizationSupporting"], "benefit" in item) == (True, [papers], False)
    assert reasons(answer) == ["needs-authorization"]


async def test_benefits_say_allowed_used_and_remaining_and_what_the_patient_pays(coverage: Running) -> None:
    await coverage.save(a_plan_with_costs(a_cost("copay", 25), a_cost("copaypct", 20), a_cost("deductible")))
    await coverage.save(a_coverage())
    await coverage.save(an_explanation(deductible=100.50, copay=25, benefit=60))

    answer = await answered(coverage, a_request("PT", purpose=["benefits"]))

    [item] = answer["insurance"][0]["item"]
    assert benefits(item) == {
        "visit": (30, 1, 29),
        "copay": (25.0, None, None),
        "copay-percent": (20, None, None),
        "deductible": (500.0, 100.5, 399.5),
        "maxoutofpocket": (2000.0, 125.5, 1874.5),
    }
    assert answer["insurance"][0]["benefitPeriod"] == {"start": "2026-01-01", "end": "2026-12-31"}


async def test_each_network_has_terms_of_its_own(coverage: Running) -> None:
    await coverage.save(a_plan_with_costs(a_cost("copay", 25, "in-network"), a_cost("copaypct", 40, "out-of-network")))
    await coverage.save(a_coverage())

    answer = await answered(coverage, a_request("PT"))

    by_network = {item["network"]["coding"][0]["code"]: set(benefits(item)) for item in answer["insurance"][0]["item"]}
    assert by_network == {"in": {"visit", "copay", "maxoutofpocket"}, "out": {"visit", "copay-percent", "maxoutofpocket"}}


async def test_discovery_reports_the_coverages_that_were_not_named(coverage: Running) -> None:
    await coverage.save(an_insurance_plan())
    await coverage.save(an_insurance_plan(id="basic", ownedBy={"reference": "Organization/evergreen"}))
    await coverage.save(a_coverage())
    await coverage.save(a_coverage(id="other", order=2, payor=[{"reference": "Organization/evergreen"}]))

    answer = await answered(coverage, a_request(purpose=["discovery"]))

    assert [each["coverage"]["reference"] for each in answer["insurance"]] == ["Coverage/primary", "Coverage/other"]


async def test_a_request_that_names_no_coverage_is_answered_of_those_that_the_insurer_has(coverage: Running) -> None:
    await coverage.save(an_insurance_plan())
    await coverage.save(a_coverage())
    await coverage.save(a_coverage(id="other", order=2, payor=[{"reference": "Organization/evergreen"}]))

    answer = await answered(coverage, a_request("PT", insurance=None))

    assert [each["coverage"]["reference"] for each in answer["insurance"]] == ["Coverage/primary"]


async def test_several_insurers_stand_in_the_order_in_which_they_pay(coverage: Running) -> None:
    await coverage.save(an_insurance_plan(a_benefit("AD")))
    await coverage.save(an_insurance_plan(id="basic", ownedBy={"reference": "Organization/evergreen"}))
    await coverage.save(a_coverage())
    await coverage.save(a_coverage(id="secondary", order=2, payor=[{"reference": "Organization/evergreen"}]))
    both = [{"coverage": {"reference": f"Coverage/{id}"}} for id in ("secondary", "primary")]

    answer = await answered(coverage, a_request("PT", insurance=both))

    said = [(each["coverage"]["reference"], each["item"][0]["excluded"]) for each in answer["insurance"]]
    assert said == [("Coverage/primary", True), ("Coverage/secondary", False)]
    assert answer["disposition"] == "Covered; nothing more has to be done."


async def test_two_coverages_in_the_same_place_are_not_guessed_about(coverage: Running) -> None:
    await coverage.save(an_insurance_plan())
    await coverage.save(a_coverage())
    await coverage.save(a_coverage(id="overlapping"))

    answer = await answered(coverage, a_request("PT", insurance=None))

    assert reasons(answer) == ["covered", "order-unclear"]


@pytest.mark.parametrize(
    ("turned", "asked", "why"),
    [
        ({"period": {"end": "2026-05-19"}}, {}, "ended"),
        ({"period": {"start": "2026-05-21"}}, {}, "not-begun"),
        ({"status": "cancelled"}, {}, "cancelled"),
        ({"status": "draft"}, {}, "draft"),
        ({"period": {"end": "2026-06"}}, during("2026-05-20", "2026-07-01"), "ends-within"),
        ({"period": {"end": "2026-06"}}, during("2026-05-20"), "ends-within"),
    ],
)
async def test_a_coverage_that_is_not_in_force_says_why(coverage: Running, turned: Resource, asked: Resource, why: str) -> None:
    await coverage.save(an_insurance_plan())
    await coverage.save(a_coverage(**turned))

    answer = await answered(coverage, a_request("PT", **asked))

    [insurance] = answer["insurance"]
    assert (insurance["inforce"], insurance["item"][0]["excluded"]) == (False, True)
    assert reasons(insurance) == reasons(answer) == [why]
    assert answer["disposition"] == REASONS[why].sentence


async def test_without_a_date_it_is_today_where_the_request_was_written(coverage: Running) -> None:
    await coverage.save(an_insurance_plan())
    await coverage.save(a_coverage(period={"end": "2026-05-31"}))
    coverage.clock.now = datetime(2026, 6, 1, 2, 0, tzinfo=UTC)

    here = await answered(coverage, a_request("PT", servicedDate=None, created="2026-05-31T22:00:00-04:00"))
    there = await answered(coverage, a_request("PT", id="again", servicedDate=None, created="2026-06-01T02:00:00Z"))

    assert [each["insurance"][0]["inforce"] for each in (here, there)] == [True, False]


OTHER_PLAN = {"type": concept("http://terminology.hl7.org/CodeSystem/coverage-class", "plan"), "value": "GOLD"}


@pytest.mark.parametrize(
    ("known", "request_", "code", "reject"),
    [
        ((), a_request("PT"), "coverage-unknown", "75"),
        ((), a_request("PT", insurance=None), "no-coverage", "75"),
        ((a_coverage(),), a_request("PT"), "benefits-not-held", "42"),
        ((an_insurance_plan(), a_coverage(**{"class": [OTHER_PLAN]})), a_request("PT"), "plan-not-held", "42"),
        ((an_insurance_plan(), a_coverage(beneficiary={"reference": "Patient/other"})), a_request("PT"), "patient-differs", "65"),
        (
            (an_insurance_plan(), a_coverage()),
            a_request(item=[{"productOrService": concept("http://www.ama-assn.org/go/cpt", "97110")}]),
            "data-missing",
            "15",
        ),
    ],
)
async def test_what_can_not_be_answered_is_an_answer_with_code_sentence_next_step_and_who_acts(
    coverage: Running, known: tuple[Resource, ...], request_: Resource, code: str, reject: str
) -> None:
    for each in known:
        await coverage.save(each)

    answer = await answered(coverage, request_)

    assert answer["outcome"] in ("error", "partial")
    codings = [(coding["system"], coding["code"]) for coding in answer["error"][0]["code"]["coding"]]
    assert codings == [(REASON, code), ("https://codesystem.x12.org/005010/901", reject)]
    assert answer["error"][0]["code"]["text"] == REASONS[code].sentence
    assert REASONS[code].who in ("case manager", "provider")


async def test_visits_that_are_used_up_are_told_before_they_are_missed(coverage: Running) -> None:
    plan = an_insurance_plan(a_benefit("PT") | {"limit": [{"value": {"value": 2}}]})
    await coverage.save(plan)
    await coverage.save(a_coverage())
    await coverage.save(an_explanation("one", benefit=80))
    few = await answered(coverage, a_request("PT", item=[{"category": concept(X12, "PT"), "quantity": {"value": 2}}]))
    await coverage.save(an_explanation("two", benefit=80))

    none = await answered(coverage, a_request("PT", id="again"))

    assert [reasons(each) for each in (few, none)] == [["not-enough-left"], ["used-up"]]


async def test_an_authorization_on_file_is_seen(coverage: Running) -> None:
    await coverage.save(an_insurance_plan(a_benefit("MH", needs_authorization=True)))
    await coverage.save(a_coverage())
    claim = {
        "resourceType": "Claim", "id": "claim", "status": "active", "use": "claim", "patient": {"reference": "Patient/river"},
        "type": concept("http://terminology.hl7.org/CodeSystem/claim-type", "professional"), "created": "2026-05-11",
        "provider": {"reference": "Practitioner/mei"}, "priority": {"text": "normal"},
        "insurance": [{"sequence": 1, "focal": True, "coverage": {"reference": "Coverage/primary"}}],
        "item": [{"sequence": 1, "category": concept(X12, "MH"), "productOrService": {"text": "therapy"}}],
    }  # fmt: skip
    await coverage.save(claim)
    await coverage.save(an_authorization(6, used=2))

    answer = await answered(coverage, a_request("MH"))

    assert reasons(answer) == ["authorized"]


async def test_who_asks_about_the_plan_hears_of_all_its_benefits(coverage: Running) -> None:
    await coverage.save(an_insurance_plan(a_benefit("PT"), a_benefit("MH")))
    await coverage.save(a_coverage())

    answer = await answered(coverage, a_request("30"))

    codes = [codes_in(item["category"], X12)[0] for item in answer["insurance"][0]["item"]]
    assert codes == ["30", "PT", "MH"]


@pytest.mark.parametrize("status", ["draft", "cancelled"])
async def test_a_request_that_is_not_active_is_not_answered_until_it_is(coverage: Running, status: str) -> None:
    await coverage.save(a_request("PT", status=status))
    assert await coverage.count("CoverageEligibilityResponse?") == 0

    await coverage.save(a_request("PT"))
    await coverage.save(a_request("PT"))

    [answer] = await coverage.search("CoverageEligibilityResponse?")
    assert answer["meta"]["versionId"] == "1"


async def test_a_member_who_is_named_by_number_is_found_and_compared(coverage: Running) -> None:
    await coverage.hears("Patient.created", a_patient(birthDate="1990-04-02"))
    await coverage.save(an_insurance_plan())
    await coverage.save(a_coverage(subscriberId="N-1"))

    def asks(id: str, **person: str) -> Resource:
        contained = [
            {"resourceType": "Patient", "id": "p", "name": [{"family": "LINDQVIST"}]} | person,
            {
                "resourceType": "Coverage", "id": "c", "status": "active", "beneficiary": {"reference": "#p"},
                "subscriberId": "N-1", "payor": [{"display": "Northstar"}],
            },
        ]  # fmt: skip
        references = {"patient": {"reference": "#p"}, "insurance": [{"coverage": {"reference": "#c"}}]}
        return a_request("PT", id=id, contained=contained, **references)

    right = await answered(coverage, asks("right", birthDate="1990-04-02"))
    wrong = await answered(coverage, asks("wrong", birthDate="1990-02-04"))

    assert right["insurance"][0]["coverage"]["reference"] == "Coverage/primary"
    assert (wrong["outcome"], errors(wrong)) == ("error", ["birth-date-differs"])


async def test_submit_answers_the_response_and_stores_both(coverage: Running) -> None:
    await coverage.save(an_insurance_plan())
    await coverage.save(a_coverage())

    plain = await coverage.inquire("CoverageEligibilityRequest", "$submit", a_request("PT"))
    wrapped = {"resourceType": "Parameters", "parameter": [{"name": "resource", "resource": a_request("PT")}]}
    in_parameters = await coverage.inquire("CoverageEligibilityRequest", "$submit", wrapped)

    assert [each["outcome"] for each in (plain, in_parameters)] == ["complete", "complete"]
    assert plain["request"] != in_parameters["request"]
    assert await coverage.read(*plain["request"]["reference"].split("/"))


@pytest.mark.parametrize(("body", "refusal"), [(a_request(status="draft"), Unprocessable), (a_patient(), Malformed)])
async def test_submit_refuses_what_is_no_question(coverage: Running, body: Resource, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        await coverage.inquire("CoverageEligibilityRequest", "$submit", body)


async def test_the_payer_of_the_request_is_named_in_its_answer(coverage: Running) -> None:
    answer = await answered(coverage, a_request("PT"))

    assert (answer["insurer"], answer["patient"]) == ({"reference": PAYOR}, {"reference": "Patient/river"})
