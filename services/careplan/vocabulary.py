"""The codes and extensions that careplan reads and writes."""

from __future__ import annotations

MODEL = "urn:careloom:model"
"""EpisodeOfCare.type and CarePlan.category: strengths-based, clinical, brokerage, intensive."""

ACUITY = "urn:careloom:acuity"
"""EpisodeOfCare.type: low, medium, high."""

COMPLEXITY = "urn:careloom:complexity"
"""EpisodeOfCare.type: moderate or high, by which the visit after a discharge is due within 14 or 7 days."""

OUTCOME = "urn:careloom:case-outcome"
CLOSING_REASON = "urn:careloom:closing-reason"
"""Extensions of EpisodeOfCare: how it ended, and why work was left open."""

ACTS = "urn:careloom:acts"
"""Extension of Observation: who must do something about a score."""

CASE = "urn:careloom:case"
"""Identifier of a CarePlan: the id of the EpisodeOfCare it is for."""

ACTIVITY = "urn:careloom:activity"
"""Code of a planned activity: physical-therapy, check-in, medication-review …"""

WORK = "urn:careloom:task"
"""Task.code of work that events raise: transition-contact, missed-visit, renewal, alert, plan-review …"""

SERVICE = "urn:careloom:service-request"
"""Identifier of a payer's answer: the id of the ServiceRequest that it is about."""

ADJUDICATION = "urn:careloom:adjudication"
"""ClaimResponse.item.adjudication.category: approved-visits, used-visits."""

STANDING = "urn:careloom:standing"
"""Extension of ClaimResponse (valueCode), kept by coverage: running-out, used-up, expired."""

HOLIDAYS = "urn:careloom:holidays"
"""Extension of Organization (valueString): the country, or country-subdivision, whose holidays it keeps (`US-MA`)."""

TIME_ZONE = "http://hl7.org/fhir/StructureDefinition/timezone"
"""Extension of Organization (valueCode): its IANA time zone."""

STATUS_REASON = "http://hl7.org/fhir/StructureDefinition/request-statusReason"
"""Extension of CarePlan (valueCodeableConcept): why it has its status."""

ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
DISCHARGE_DISPOSITION = "http://terminology.hl7.org/CodeSystem/discharge-disposition"
