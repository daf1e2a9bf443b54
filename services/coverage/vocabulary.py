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

STANDING = "urn:careloom:standing"
"""Extension of ClaimResponse (valueCode): running-out, used-up, expired; none where enough of the authorization is left."""

SUPPORTING = "urn:careloom:authorization-supporting"
"""Extension of InsurancePlan.coverage.benefit (valueCodeableConcept, repeats): what the payer wants to see with a request."""

PLAN_YEAR = "urn:careloom:plan-year-begins"
"""Extension of InsurancePlan (valueString): month and day on which its year begins, `07-01`; 1 January where it is missing."""

COST_TYPE = "http://terminology.hl7.org/CodeSystem/coverage-copay-type"
"""InsurancePlan.plan: copay, copaypct, deductible, maxoutofpocket."""

COST = "urn:careloom:cost"
"""InsurancePlan.plan.specificCost.benefit.cost.type: allowed (what provider and plan have agreed on for a visit)."""

APPLICABILITY = "http://terminology.hl7.org/CodeSystem/applicability"

BENEFIT_TYPE = "http://terminology.hl7.org/CodeSystem/benefit-type"
"""Type of a benefit in an answer: benefit, visit, deductible, copay, copay-percent."""

NETWORK = "http://terminology.hl7.org/CodeSystem/benefit-network"

REMAINING = "urn:careloom:remaining"
"""Extension of a benefit in an answer (valueUnsignedInt, valueMoney): what is left of it."""

NEXT = "urn:careloom:next"
"""Extension of an answer (valueCodeableConcept): the reason behind its sentence; `who` below says who acts."""

WHO = "urn:careloom:who-acts"

REASON = "urn:careloom:coverage-reason"
"""Code system of the reasons (services.coverage.reasons)."""

REJECT_REASON = "https://codesystem.x12.org/005010/901"
"""X12's reject reason codes: AAA03 of a 271."""

TRACE = "urn:careloom:trace"
"""Identifier of a question that was sent to a payer; it comes back with the answer."""

MEMBER_NUMBER = "urn:careloom:member-number"
"""Identifier of a Reference to a Coverage in an answer: the member's number, so that nobody is taken for another."""

PLAN_CLASS = "http://terminology.hl7.org/CodeSystem/coverage-class"

DIGEST = "urn:careloom:digest"
"""Identifier of a Claim that was made here: the content of the service it asks for."""

RELATIONSHIP = "http://terminology.hl7.org/CodeSystem/subscriber-relationship"

ASSERTION = "urn:careloom:coverage-assertion"
"""Extension of a Claim (valueString): the coverage-assertion-id of guidance (CRD) that came with it."""

REVIEW_DUE = "urn:careloom:review-due"
"""Extension of a ClaimResponse that waits (valueDateTime): when it has to be decided."""

REVIEW_LATE = "urn:careloom:review-late"
"""Extension of a ClaimResponse that waits (valueCode): due-soon, overdue."""

SUPERSEDED = "urn:careloom:superseded"
"""Extension of a Claim (valueBoolean): the service it was for has changed, and was asked for again."""

COVERAGE_INFORMATION = "http://hl7.org/fhir/us/davinci-crd/StructureDefinition/ext-coverage-information"
"""Extension of an order: what the payer has said of it (CRD)."""
