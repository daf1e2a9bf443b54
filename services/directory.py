"""Which service owns which resource type. A test holds it against the four `app.py`."""

from __future__ import annotations

from shared.service import Directory

DIRECTORY = Directory(
    {
        "intake": (
            "Patient", "RelatedPerson", "Practitioner", "PractitionerRole", "Organization", "Location", "HealthcareService",
            "Encounter", "EpisodeOfCare", "Condition", "Observation", "AllergyIntolerance", "Procedure", "MedicationRequest",
            "MedicationStatement", "Medication", "MedicationAdministration", "Immunization", "ImagingStudy", "Specimen",
            "DiagnosticReport", "DocumentReference", "Device", "Questionnaire", "QuestionnaireResponse", "RiskAssessment",
            "Consent", "Flag", "Group", "List", "Linkage",
        ),
        "careplan": (
            "CarePlan", "Goal", "CareTeam", "ServiceRequest", "Task", "Communication", "CommunicationRequest",
            "PlanDefinition", "ActivityDefinition", "RequestGroup", "MeasureReport", "Measure",
        ),
        "scheduling": ("Schedule", "Slot", "Appointment", "AppointmentResponse"),
        "coverage": (
            "Coverage", "InsurancePlan", "CoverageEligibilityRequest", "CoverageEligibilityResponse", "Claim",
            "ClaimResponse", "ExplanationOfBenefit",
        ),
    }
)  # fmt: skip
