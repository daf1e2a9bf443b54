"""Who may be told of a patient: any denial in force decides, but for whom it excepts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.intake.consent import is_denial, may_be_told
from shared.fhir.element import concept
from tests.services.building import PATIENT, a_patient
from tests.services.town import Resource, Running

NOW = datetime(2026, 5, 11, 13, tzinfo=UTC)
PAYER = "Organization/northstar"
ROLE = concept("http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "IRCP")


def a_consent(provision: Resource | None = None, **elements: Any) -> Resource:
    made: Resource = {
        "resourceType": "Consent",
        "id": "consent",
        "status": "active",
        "scope": concept("http://terminology.hl7.org/CodeSystem/consentscope", "patient-privacy"),
        "category": [concept("http://loinc.org", "59284-0")],
        "patient": {"reference": PATIENT},
        "policyRule": concept("http://terminology.hl7.org/CodeSystem/v3-ActCode", "OPTIN"),
        "provision": {"type": "deny"} if provision is None else provision,
    }
    return made | elements


def about(*parties: str) -> list[Resource]:
    return [{"role": ROLE, "reference": {"reference": party}} for party in parties]


@pytest.mark.parametrize(
    ("consent", "told"),
    [
        (a_consent(), False),
        (a_consent(status="inactive"), True),
        (a_consent(status="entered-in-error"), True),
        (a_consent(scope=concept("http://terminology.hl7.org/CodeSystem/consentscope", "research")), True),
        (a_consent({"type": "permit"}), True),
        (a_consent({"type": "deny", "period": {"end": "2026-05-11"}}), False),
        (a_consent({"type": "deny", "period": {"end": "2026-05-10"}}), True),
        (a_consent({"type": "deny", "period": {"start": "2026-06"}}), True),
        (a_consent({"type": "deny", "actor": about(PAYER)}), False),
        (a_consent({"type": "deny", "actor": about("Organization/other")}), True),
        (a_consent({"type": "deny", "provision": [{"type": "permit", "actor": about(PAYER)}]}), True),
        (a_consent({"type": "deny", "provision": [{"type": "permit", "actor": about("Organization/other")}]}), False),
        (a_consent({"type": "permit", "provision": [{"type": "deny", "actor": about(PAYER)}]}), False),
        (a_consent({}, policyRule=concept("http://terminology.hl7.org/CodeSystem/v3-ActCode", "OPTOUT")), False),
    ],
)
def test_a_payer_is_told_unless_the_patient_denies_it(consent: Resource, told: bool) -> None:
    assert may_be_told([consent], PAYER, NOW) == told


def test_one_denial_among_several_consents_decides() -> None:
    assert not may_be_told([a_consent({"type": "permit"}), a_consent()], PAYER, NOW)
    assert may_be_told([], PAYER, NOW)


def test_a_denial_about_one_party_opts_nobody_else_out() -> None:
    assert may_be_told([a_consent({"type": "deny", "actor": about(PAYER)})], "", NOW)
    assert is_denial(a_consent({"type": "deny", "actor": about(PAYER)}))


async def test_the_chart_says_who_has_opted_out_as_long_as_it_is_so(intake: Running) -> None:
    await intake.save(a_patient())
    assert await flagged(intake) == []

    await intake.save(a_consent({"type": "deny", "period": {"start": "2026-05-12", "end": "2026-05-20"}}))
    assert await flagged(intake) == []
    await intake.passes(timedelta(days=1))
    assert await flagged(intake) == ["active"]
    await intake.passes(timedelta(days=10))
    assert await flagged(intake) == ["inactive"]

    await intake.save(a_consent())
    assert await flagged(intake) == ["active"]
    await intake.save(a_consent(status="inactive"))
    assert await flagged(intake) == ["inactive"]


async def flagged(intake: Running) -> list[str]:
    return [each["status"] for each in await intake.search(f"Flag?patient={PATIENT}")]
