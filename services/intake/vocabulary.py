"""The codes and extensions that intake writes and others read."""

from __future__ import annotations

MODEL = "urn:careloom:model"
"""EpisodeOfCare.type: strengths-based, clinical, brokerage, intensive."""

ACUITY = "urn:careloom:acuity"
"""EpisodeOfCare.type: low, medium, high."""

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

ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
"""Encounter.class."""
