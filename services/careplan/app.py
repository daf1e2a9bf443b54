"""careplan: the plan and its follow-through."""

from __future__ import annotations

from services.directory import DIRECTORY
from shared.fhir import types as fhir
from shared.runtime.app import build_app
from shared.service import Operation, Owned, Service

from . import alerts, announcements, attendance, board, cadence, insured, life_cycle, models, renewals, rules, transition

service = Service(
    name="careplan",
    directory=DIRECTORY,
    owns=(
        Owned(fhir.CarePlan, rules=rules.CARE_PLAN, announces=announcements.CARE_PLAN, then=life_cycle.settle),
        Owned(fhir.Goal, rules=rules.GOAL, announces=announcements.GOAL),
        Owned(fhir.CareTeam),
        Owned(
            fhir.ServiceRequest, rules=rules.SERVICE_REQUEST, announces=announcements.SERVICE_REQUEST,
            then=renewals.follow_request,
        ),
        Owned(fhir.Task, rules=rules.TASK, announces=announcements.TASK, then=cadence.contact_was_held),
        Owned(fhir.Communication),
        Owned(fhir.CommunicationRequest),
        Owned(fhir.PlanDefinition),
        Owned(fhir.ActivityDefinition),
        Owned(fhir.RequestGroup),
        Owned(fhir.MeasureReport),
        Owned(fhir.Measure),
    ),
    follows=(
        "Patient", "Encounter", "EpisodeOfCare", "Condition", "Observation", "QuestionnaireResponse", "RiskAssessment",
        "PractitionerRole", "Practitioner", "Organization", "HealthcareService", "Consent",
        "Coverage", "CoverageEligibilityResponse", "ClaimResponse", "Appointment",
    ),
    reacts={
        "EpisodeOfCare.opened": models.draft_for_case,
        "EpisodeOfCare.closed": life_cycle.case_closed,
        "EpisodeOfCare.assigned": life_cycle.case_assigned,
        "Encounter.emergency": alerts.emergency,
        "Observation.needs-action": alerts.score,
        "Encounter": transition.hear,
        "Coverage": insured.hear_coverage,
        "Appointment": renewals.hear_visit,
        "Appointment.fulfilled": attendance.note_visit,
        "Appointment.noshow": alerts.missed_visit,
        "ClaimResponse": renewals.hear_authorization,
    },
    operations=(
        Operation("PlanDefinition", "$apply", models.apply, "instance", "A plan: subject, practitioner, encounter, episode."),
        Operation("CarePlan", "$activate", life_cycle.activate, "instance", "Put a plan in force."),
        Operation("CarePlan", "$status", board.status, "instance", "Coverage, appointments, attendance by activity.", reads=True),
    ),
    timers={
        cadence.DUE: cadence.contact_is_due,
        transition.OVERDUE: transition.is_overdue,
        insured.TURNS: insured.turns,
    },
    starts=models.ship,
)  # fmt: skip

app = build_app(service)
