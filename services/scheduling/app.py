"""scheduling: one feasible calendar."""

from __future__ import annotations

from services.directory import DIRECTORY
from shared.fhir import types as fhir
from shared.runtime.app import build_app
from shared.service import Operation, Owned, Service

from . import announcements, arranging, calendar, rules

service = Service(
    name="scheduling",
    directory=DIRECTORY,
    owns=(
        Owned(fhir.Schedule),
        Owned(fhir.Slot, rules=rules.SLOT),
        Owned(fhir.Appointment, rules=rules.APPOINTMENT, announces=announcements.APPOINTMENT, then=calendar.keep_claims),
        Owned(fhir.AppointmentResponse),
    ),
    follows=(
        "Patient", "Practitioner", "PractitionerRole", "Location", "HealthcareService", "Organization",
        "CarePlan", "ServiceRequest", "EpisodeOfCare", "Encounter",
        "Coverage", "CoverageEligibilityResponse", "ClaimResponse", "Consent",
    ),
    reacts={
        "CarePlan": arranging.hear_plan,
        "ServiceRequest": arranging.hear_request,
        "CoverageEligibilityResponse": arranging.hear_payer,
        "ClaimResponse": arranging.hear_payer,
    },
    operations=(
        Operation("CarePlan", "$schedule", arranging.schedule, "instance", "Propose times for what a plan lacks.", reads=True),
        Operation("Appointment", "$book", arranging.book, "type", "Book Appointments: all or none."),
    ),
)  # fmt: skip

app = build_app(service)
