"""The one family of exceptions that a caller is answered with: a status and the issues.

Refusal
  Malformed 400        NotFound 404         MethodNotAllowed 405   NotAcceptable 406
  Conflict 409         Gone 410             PreconditionFailed 412 TooLarge 413
  UnsupportedMedia 415 Unprocessable 422    TooMany 429          Unavailable 503
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar

from shared.fhir.issue import Issue, Resource


class Refusal(Exception):
    """Work that was not done, and why. The door makes an OperationOutcome of it."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "exception"

    def __init__(self, *issues: Issue | str, headers: Mapping[str, str] | None = None) -> None:
        self.issues = tuple(self._issue(issue) for issue in issues)
        self.headers = dict(headers or {})
        super().__init__("; ".join(issue.message for issue in self.issues))

    def as_fhir(self) -> Resource:
        return outcome(self.issues)

    def _issue(self, issue: Issue | str) -> Issue:
        return issue if isinstance(issue, Issue) else Issue(issue, code=self.code, status=self.status)


class Malformed(Refusal):
    status, code = 400, "invalid"


class NotFound(Refusal):
    status, code = 404, "not-found"


class MethodNotAllowed(Refusal):
    status, code = 405, "not-supported"


class NotAcceptable(Refusal):
    status, code = 406, "not-supported"


class Conflict(Refusal):
    status, code = 409, "conflict"


class Gone(Refusal):
    status, code = 410, "deleted"


class PreconditionFailed(Refusal):
    status, code = 412, "conflict"


class TooLarge(Refusal):
    status, code = 413, "too-long"


class UnsupportedMedia(Refusal):
    status, code = 415, "not-supported"


class Unprocessable(Refusal):
    status, code = 422, "processing"


class TooMany(Refusal):
    """`Retry-After` says when it may be tried again."""

    status, code = 429, "throttled"


class Unavailable(Refusal):
    status, code = 503, "transient"


def refuse(issues: Iterable[Issue]) -> None:
    """Raise Malformed or Unprocessable if any of the issues is an error; the lowest status of them decides."""
    errors = [issue for issue in issues if issue.severity in ("error", "fatal")]
    if not errors:
        return
    malformed = min(issue.status for issue in errors) == Malformed.status
    raise Malformed(*errors) if malformed else Unprocessable(*errors)


def outcome(issues: Iterable[Issue]) -> Resource:
    """http://hl7.org/fhir/R4/operationoutcome.html"""
    found = [issue.as_fhir() for issue in issues]
    fine: Resource = {"severity": "information", "code": "informational", "diagnostics": "All OK"}
    return {"resourceType": "OperationOutcome", "issue": found or [fine]}
