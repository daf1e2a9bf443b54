"""The codes and extensions that intake writes and others read."""

from __future__ import annotations

MODEL = "urn:careloom:model"
"""EpisodeOfCare.type: strengths-based, clinical, brokerage, intensive."""

ACUITY = "urn:careloom:acuity"
"""EpisodeOfCare.type: low, medium, high."""

PROGRAMME = "urn:careloom:programme"
"""EpisodeOfCare.type: the programme that a case belongs to, such as targeted case management."""

COMPLEXITY = "urn:careloom:complexity"
"""EpisodeOfCare.type: moderate or high, by which the visit after a discharge is due within 14 or 7 days."""

NEEDS_CREDENTIAL = "urn:careloom:needs-credential"
"""Extension of EpisodeOfCare (valueCode): what its manager must be certified for."""

NEEDS_LANGUAGE = "urn:careloom:needs-language"
"""Extension of EpisodeOfCare (valueCode, BCP 47): what its manager should speak."""

ACTS = "urn:careloom:acts"
"""Extension of Observation (valueCode): who must do something about a score, such as physician or crisis-team."""

CLOSING_REASON = "urn:careloom:closing-reason"
"""Extension of EpisodeOfCare (valueString): why it was closed over work that was still open."""

OUTCOME = "urn:careloom:case-outcome"
"""Extension of EpisodeOfCare and its code system: how a case ended."""

CASE = "urn:careloom:case"
"""Identifier of a CarePlan: the id of the EpisodeOfCare it is for."""

ROLE = "urn:careloom:role"
"""PractitionerRole.code: case-manager."""

CREDENTIAL = "urn:careloom:credential"
"""Practitioner.qualification.code: CCM, the certified case manager."""

CAPACITY = "urn:careloom:caseload-capacity"
"""Extension of PractitionerRole (valueInteger): the weight of cases that a manager can carry."""

LANGUAGE = "urn:ietf:bcp:47"
"""Practitioner.communication, Patient.communication.language."""

ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
"""Encounter.class."""
