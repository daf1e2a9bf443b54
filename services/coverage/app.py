"""coverage: is it paid."""

from __future__ import annotations

from services.directory import DIRECTORY
from shared.fhir import types as fhir
from shared.runtime.app import build_app
from shared.service import Inquiry, Operation, Owned, Service

from . import (
    announcements,
    arriving,
    authorized,
    eligibility,
    estimate,
    explanations,
    ledger,
    live,
    member_match,
    pages,
    pending,
    renewing,
    rules,
    submitting,
    turning,
)
from .pas import answering, clocks, inquiring, reviewing
from .pas import submitting as authorizing
from .payers import asking, guarded
from .payers import notifying as delivering
from .x12.language import LANGUAGE

service = Service(
    name="coverage",
    directory=DIRECTORY,
    owns=(
        Owned(fhir.Coverage, rules=rules.COVERAGE, announces=announcements.COVERAGE, then=live.follow_coverage),
        Owned(fhir.InsurancePlan, then=live.follow_benefits),
        Owned(fhir.CoverageEligibilityRequest, rules=rules.REQUEST, then=eligibility.answer),
        Owned(fhir.CoverageEligibilityResponse, rules=rules.REQUEST),
        Owned(fhir.Claim, rules=rules.CLAIM, then=answering.answer),
        Owned(fhir.ClaimResponse, rules=rules.CLAIM_RESPONSE, announces=announcements.CLAIM_RESPONSE, then=authorized.follow),
        Owned(fhir.ExplanationOfBenefit, then=explanations.book),
    ),
    follows=(
        "Patient", "Encounter", "EpisodeOfCare", "Condition", "CarePlan", "ServiceRequest", "Appointment",
        "Organization", "Practitioner", "PractitionerRole", "Location", "Consent",
    ),
    reacts={
        "CarePlan": live.hear_plan,
        "ServiceRequest": live.hear_request,
        "Appointment": ledger.hear_visit,
    },
    operations=(
        Inquiry(
            "Patient", "$member-match", member_match.match, "type",
            "Whose card this is (HRex): `MemberPatient`, `CoverageToMatch`; exactly one member, or 422.",
        ),
        Inquiry(
            "CoverageEligibilityRequest", "$submit", submitting.submit, "type", "Ask payers: the request, or `resource`.",
        ),
        Operation(
            "Coverage", "$cost-estimate", estimate.estimate, "type", "What a `plan` costs under all coverages of its patient.",
            reads=True,
        ),
        Inquiry(
            "Claim", "$submit", authorizing.submit, "type",
            "Ask for authorization (PAS): a Bundle with a Claim, an update of one, or its cancellation; a Bundle comes back.",
        ),
        Operation(
            "Claim", "$inquire", inquiring.inquire, "type",
            "How authorizations of a member stand (PAS): a Bundle with a Claim as example.",
        ),
        Operation(
            "ClaimResponse", "$decide", reviewing.decide, "instance",
            "Decide what waits: outcome (approved, denied, more-time), reason; visits, days, item, reviewer.",
        ),
        Operation(
            "Coverage", "$cost-estimate", estimate.estimate, "instance", "What a `plan` costs under this coverage.", reads=True,
        ),
    ),
    timers={
        pending.DUE: arriving.time_is_over,
        turning.TURNS: live.coverage_turns,
        renewing.TURNS: live.authorization_turns,
        clocks.DUE_SOON: clocks.is_due_soon,
        clocks.OVERDUE: clocks.is_overdue,
        clocks.RULED: reviewing.nobody_has_decided,
    },
    pages=pages.pages,
    parts=(asking.asking(LANGUAGE), delivering.notifying_at),
    meters=(*pages.METERS, guarded.ANSWERED, guarded.BREAKER),
)  # fmt: skip

app = build_app(service)
