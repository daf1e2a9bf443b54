"""intake: who the patient is, what they need, the case."""

from __future__ import annotations

from services.directory import DIRECTORY
from shared.fhir import types as fhir
from shared.runtime.app import build_app
from shared.service import Inquiry, Operation, Owned, Service

from . import announcements, assignment, beginning, case, case_list, closing, disclosure, merge_request, rules, waiting
from .assessment import assessing
from .hl7v2 import listener, meters
from .hl7v2 import pages as messages
from .matching import match
from .questionnaires import completion, extraction, population

service = Service(
    name="intake",
    directory=DIRECTORY,
    owns=(
        Owned(fhir.Patient, announces=announcements.PATIENT),
        Owned(fhir.RelatedPerson),
        Owned(fhir.Practitioner, then=waiting.practitioner_changed),
        Owned(fhir.PractitionerRole, then=waiting.role_changed),
        Owned(fhir.Organization),
        Owned(fhir.Location),
        Owned(fhir.HealthcareService),
        Owned(fhir.Encounter, rules=rules.ENCOUNTER, announces=announcements.ENCOUNTER, then=assessing.visit_changed),
        Owned(
            fhir.EpisodeOfCare,
            rules=rules.EPISODE_OF_CARE,
            announces=announcements.EPISODE_OF_CARE,
            then=waiting.case_changed,
        ),
        Owned(fhir.Condition, then=assessing.finding_changed),
        Owned(fhir.Observation, announces=announcements.OBSERVATION, then=assessing.score_changed),
        Owned(fhir.AllergyIntolerance),
        Owned(fhir.Procedure),
        Owned(fhir.MedicationRequest),
        Owned(fhir.MedicationStatement),
        Owned(fhir.Medication),
        Owned(fhir.MedicationAdministration),
        Owned(fhir.Immunization),
        Owned(fhir.ImagingStudy),
        Owned(fhir.Specimen),
        Owned(fhir.DiagnosticReport),
        Owned(fhir.DocumentReference),
        Owned(fhir.Device),
        Owned(fhir.Questionnaire),
        Owned(fhir.QuestionnaireResponse, then=completion.response_changed),
        Owned(fhir.RiskAssessment, announces=announcements.RISK_ASSESSMENT),
        Owned(fhir.Consent, announces=announcements.CONSENT, then=disclosure.consent_changed),
        Owned(fhir.Flag),
        Owned(fhir.Group),
        Owned(fhir.List),
        Owned(fhir.Linkage),
    ),
    follows=("CarePlan", "Appointment", "Coverage", "Task"),
    operations=(
        Inquiry(
            "Patient", "$match", match.match, "type", "Who it may be: resource; onlyCertainMatches, count, explain.", reads=True
        ),
        Operation("Patient", "$merge", merge_request.merge_patients, "type", "Two records of one person become one; preview."),
        Operation("Patient", "$unmerge", merge_request.unmerge_patients, "type", "A merge is taken back, wherever it reached."),
        Operation("Patient", "$assess", assessing.assess_patient, "instance", "The patient's risk, as things stand now."),
        Operation("Patient", "$programmes", case.programmes, "instance", "Who qualifies for what, and why.", reads=True),
        Inquiry("Questionnaire", "$populate", population.fill_in, "type", "A response with what is known: canonical, subject."),
        Inquiry("Questionnaire", "$populate", population.fill_in, "instance", "A response with what is known: subject."),
        Operation("QuestionnaireResponse", "$extract", extraction.extract, "type", "What answers say, as a transaction."),
        Operation("QuestionnaireResponse", "$extract", extraction.extract, "instance", "As the other; `store=true` keeps it."),
        Operation(
            "EpisodeOfCare", "$open", case.open_case, "type", "Open a case: patient, model; acuity, programme, manager, language."
        ),
        Operation("EpisodeOfCare", "$assign", assignment.assign, "instance", "Give a case to a manager, or to who has room."),
        Operation("EpisodeOfCare", "$close", closing.close_case, "instance", "Close a case: outcome; note, reason."),
    ),
    timers={
        waiting.TURN: waiting.manager_turns,
        assessing.DUE: assessing.is_due,
        disclosure.TURN: disclosure.consent_turns,
    },
    starts=beginning.begin,
    takes_foreign_bundles=True,
    pages=lambda deployed: (*case_list.pages(deployed), *messages.pages(deployed)),
    parts=(listener.listening,),
    meters=meters.ALL,
)

app = build_app(service)
