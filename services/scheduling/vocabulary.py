"""The codes that scheduling reads and writes."""

from __future__ import annotations

SERVICE = "urn:careloom:service-request"
"""Identifier of a payer's answer: the id of the ServiceRequest that it is about."""

ADJUDICATION = "urn:careloom:adjudication"
"""ClaimResponse.item.adjudication.category: approved-visits."""

PHYSICAL_TYPE = "http://terminology.hl7.org/CodeSystem/location-physical-type"
"""Location.physicalType; of these only one party at a time has a room, a bed or a vehicle."""
