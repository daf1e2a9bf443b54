"""PAS's extensions and the X12 codes in them. https://hl7.org/fhir/us/davinci-pas/"""

from __future__ import annotations

from typing import Any, Final, Literal

from shared.fhir.element import codes_in, concept
from shared.fhir.issue import Resource

Action = Literal["A1", "A3", "A4", "A6", "C"]
"""Of an item: certified in total, not certified, pended, modified, cancelled. https://codesystem.x12.org/005010/306"""

_AT: Final = "http://hl7.org/fhir/us/davinci-pas/StructureDefinition/"
REVIEW_ACTION: Final = f"{_AT}extension-reviewAction"
REVIEW_CODE: Final = f"{_AT}extension-reviewActionCode"
ISSUED: Final = f"{_AT}extension-itemPreAuthIssueDate"
PERIOD: Final = f"{_AT}extension-itemPreAuthPeriod"
CERTIFICATION: Final = f"{_AT}extension-certificationType"
LEVEL: Final = f"{_AT}extension-levelOfServiceCode"
CHANGED: Final = f"{_AT}extension-infoChanged"
CANCELLED: Final = f"{_AT}modifierextension-infoCancelled"
NUMBER: Final = f"{_AT}extension-authorizationNumber"
REFERENCE_NUMBER: Final = f"{_AT}extension-administrationReferenceNumber"
FOLLOW_UP: Final = f"{_AT}extension-errorFollowupAction"

ACTIONS: Final = "https://codesystem.x12.org/005010/306"
CERTIFICATIONS: Final = "https://codesystem.x12.org/005010/1322"
LEVELS: Final = "https://codesystem.x12.org/005010/1338"
FOLLOW_UPS: Final = "https://codesystem.x12.org/005010/889"
ADJUDICATIONS: Final = "http://terminology.hl7.org/CodeSystem/adjudication"
PRIORITY: Final = "http://terminology.hl7.org/CodeSystem/processpriority"
NPI: Final = "http://hl7.org/fhir/sid/us-npi"
MEMBER_TYPES: Final = "http://terminology.hl7.org/CodeSystem/v2-0203"

TOPIC: Final = "http://hl7.org/fhir/us/davinci-pas/SubscriptionTopic/PASSubscriptionTopic"

CANCEL: Final = "3"
APPEALS: Final = ("1", "2")
"""Certification types (X12 1322): cancel; appeal, immediate and standard."""

URGENT: Final = ("U", "03")
"""Levels of service (X12 1338): urgent, emergency."""


def review_action(code: str, number: str = "") -> Resource:
    """The extension of an adjudication that says what was decided."""
    parts: list[Resource] = [{"url": REVIEW_CODE, "valueCodeableConcept": concept(ACTIONS, code)}]
    if number:
        parts.append({"url": "number", "valueString": number})
    return {"url": REVIEW_ACTION, "extension": parts}


def action_of(element: Any) -> str:
    """The review action of something with adjudications (a ClaimResponse, an item of one); "" if none is said."""
    for adjudication in element.get("adjudication", ()):
        for each in adjudication.get("extension", ()):
            if each["url"] == REVIEW_ACTION:
                for part in each.get("extension", ()):
                    if part["url"] == REVIEW_CODE:
                        return next(iter(codes_in(part.get("valueCodeableConcept"), ACTIONS)), "")
    return ""


SUBMITTED: Final[Resource] = concept(ADJUDICATIONS, "submitted")
"""The category of the adjudication that says what was decided on what was submitted."""
