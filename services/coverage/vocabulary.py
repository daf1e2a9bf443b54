"""The codes and extensions that coverage reads and writes."""

from __future__ import annotations

SERVICE_TYPE = "https://x12.org/codes/service-type-codes"
"""Category of a benefit: an X12 service type code (PT physical therapy, MH mental health, 30 the plan)."""

SERVICE = "urn:careloom:service-request"
"""Identifier of a request to the payer, and of its answer: the id of the ServiceRequest that it is about."""

PRIOR_AUTHORIZATION = "urn:careloom:prior-authorization"
"""Extension of InsurancePlan.coverage.benefit (valueBoolean): the payer decides before it pays."""

ADJUDICATION = "urn:careloom:adjudication"
"""ClaimResponse.item.adjudication.category: approved-visits, used-visits."""

BENEFIT = "urn:careloom:benefit"
"""Type of a benefit: visits."""

PLAN_CLASS = "http://terminology.hl7.org/CodeSystem/coverage-class"

DIGEST = "urn:careloom:digest"
"""Identifier of a Claim that was made here: the content of the service it asks for."""
