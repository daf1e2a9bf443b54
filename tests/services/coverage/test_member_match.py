"""Exactly one member, or none: $member-match."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.coverage.member_match import MOST_FAILURES, WINDOW, match
from shared.fhir.refusal import TooMany, Unprocessable
from shared.kernel.settings import Settings
from shared.service import Call, Deployed
from tests.services.building import Resource, a_coverage, a_patient
from tests.services.town import Running

POLICY = "http://hl7.org/fhir/us/davinci-hrex/StructureDefinition-hrex-consent.html"


def a_member(given: str = "River", **elements: Any) -> Resource:
    return a_patient(name=[{"family": "Lindqvist", "given": [given]}], birthDate="1979-03-12", gender="male") | elements


def a_card(number: str = "NS-4471") -> Resource:
    return a_coverage(id="card", beneficiary={"reference": "Patient/theirs"}, subscriberId=number)


def a_consent(**elements: Any) -> Resource:
    made = {
        "resourceType": "Consent",
        "id": "consent",
        "status": "active",
        "policy": [{"uri": f"{POLICY}#sensitive"}],
        "provision": {"type": "permit", "period": {"start": "2026-01-01", "end": "2026-12-31"}},
    }
    return made | elements


@pytest.fixture
async def payer(coverage: Running) -> Running:
    await coverage.hears("Patient.created", a_member())
    await coverage.save(a_coverage(subscriberId="NS-4471"))
    return coverage


async def asked(payer: Running, patient: Resource | None = None, card: Resource | None = None, **others: Resource) -> Resource:
    resources = {"MemberPatient": patient or a_member(id="theirs"), "CoverageToMatch": card or a_card(), **others}
    body = {"resourceType": "Parameters", "parameter": [{"name": name, "resource": each} for name, each in resources.items()]}
    deployed = Deployed(payer.service, payer.store, Settings(), payer.clock)
    return await match(Call("Patient", "", body), deployed)


async def test_the_one_whom_the_card_fits_is_told_by_number_and_reference(payer: Running) -> None:
    answer = await asked(payer)

    identifier, reference = answer["parameter"]
    assert (identifier["name"], identifier["valueIdentifier"]["value"]) == ("MemberIdentifier", "NS-4471")
    assert identifier["valueIdentifier"]["type"]["coding"][0]["code"] == "UMB"
    assert reference == {"name": "MemberId", "valueReference": {"reference": "Patient/river"}}


@pytest.mark.parametrize(
    ("patient", "card"),
    [
        (a_member(birthDate="1979-03-13"), a_card()),
        (a_member(name=[{"family": "Lindgren"}]), a_card()),
        (a_member(gender="female"), a_card()),
        (a_member(), a_card("NS-0000")),
    ],
)
async def test_nobody_is_told_where_something_differs(payer: Running, patient: Resource, card: Resource) -> None:
    with pytest.raises(Unprocessable, match="no member fits"):
        await asked(payer, patient, card)


async def test_twins_on_one_card_are_told_apart_by_their_given_names_or_not_at_all(payer: Running) -> None:
    await payer.hears("Patient.created", a_member("Brook", id="brook"))
    await payer.save(a_coverage(id="of-brook", beneficiary={"reference": "Patient/brook"}, subscriberId="NS-4471"))

    answer = await asked(payer, a_member("Brook"))

    assert answer["parameter"][1]["valueReference"]["reference"] == "Patient/brook"
    await payer.hears("Patient.created", a_member("Brook", id="other-brook"))
    await payer.save(a_coverage(id="of-other", beneficiary={"reference": "Patient/other-brook"}, subscriberId="NS-4471"))
    with pytest.raises(Unprocessable, match="more than one"):
        await asked(payer, a_member("Brook"))


@pytest.mark.parametrize(
    ("consent", "why"),
    [
        (a_consent(status="inactive"), "inactive"),
        (a_consent(provision={"type": "deny"}), "denies"),
        (a_consent(provision={"period": {"end": "2026-01-31"}}), "this day"),
        (
            a_consent(policy=[{"uri": "http://hl7.org/fhir/us/davinci-hrex/StructureDefinition-hrex-consent.html#regular"}]),
            "sensitive",
        ),
    ],
)
async def test_a_consent_that_can_not_be_kept_is_no_match(payer: Running, consent: Resource, why: str) -> None:
    with pytest.raises(Unprocessable, match=why):
        await asked(payer, Consent=consent)


async def test_consent_and_link_of_the_other_payer_are_kept(payer: Running) -> None:
    await asked(payer, Consent=a_consent(), CoverageToLink=a_coverage(id="link", subscriberId="OTHER-1"))

    [kept] = await payer.store.view(lambda view: view.records("member-match", "matched"))
    assert kept.body["member"] == "Patient/river"
    assert kept.body["linked"] == {"number": "OTHER-1", "payor": ["Organization/northstar"]}
    assert "provision" in kept.body["consent"]  # type: ignore[operator]


async def test_what_is_missing_is_named(payer: Running) -> None:
    with pytest.raises(Unprocessable) as refused:
        await asked(payer, a_patient(name=[]), a_coverage())

    assert len(refused.value.issues) == 3


async def test_who_guesses_has_to_wait_and_then_may_try_again(payer: Running) -> None:
    for number in range(MOST_FAILURES):
        with pytest.raises(Unprocessable):
            await asked(payer, card=a_card(f"NS-{number}"))

    with pytest.raises(TooMany) as refused:
        await asked(payer)
    assert refused.value.headers["Retry-After"] == str(int(WINDOW.total_seconds()) + 1)

    payer.clock.now += WINDOW + timedelta(seconds=1)
    assert (await asked(payer))["resourceType"] == "Parameters"


async def test_every_attempt_is_audited(payer: Running) -> None:
    await asked(payer)
    with pytest.raises(Unprocessable):
        await asked(payer, card=a_card("NS-0000"))

    outcomes = [each["outcome"] for each in await payer.search("AuditEvent?")]
    assert sorted(outcomes) == ["0", "4"]
