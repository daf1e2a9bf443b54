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
        found: Resource = {"severity": self.severity, "code": self.code, "diagnostics": _legal(self.message)}
        if self.expression:
            found["expression"] = [_legal(self.expression)]
        return found


_ILLEGAL = dict.fromkeys({*range(0x20), 0x7F} - {ord(legal) for legal in "\t\n\r"}, "\N{REPLACEMENT CHARACTER}")


def _legal(said: str) -> str:
    """What a client sent may be quoted: as the text that a FHIR string can hold (http://hl7.org/fhir/R4/datatypes.html#string)."""
    return said.translate(_ILLEGAL)
