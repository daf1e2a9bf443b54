"""One thing that is wrong, or worth saying, about a resource."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Resource = dict[str, Any]
"""A FHIR resource as parsed JSON. Services see it through the TypedDicts of shared.fhir.types."""

Severity = Literal["fatal", "error", "warning", "information"]


@dataclass(frozen=True, slots=True)
class Issue:
    """An `OperationOutcome.issue`.

    `message` is a sentence for people, `expression` the FHIRPath of the element to blame ("" if none is),
    `code` a code of http://hl7.org/fhir/R4/valueset-issue-type.html, `status` the HTTP status of a refusal for it.
    """

    message: str
    expression: str = ""
    code: str = "business-rule"
    severity: Severity = "error"
    status: int = 422

    def as_fhir(self) -> Resource:
        found: Resource = {"severity": self.severity, "code": self.code, "diagnostics": self.message}
        if self.expression:
            found["expression"] = [self.expression]
        return found
