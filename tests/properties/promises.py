"""What every answer keeps, whatever was asked."""

from __future__ import annotations

from typing import Final

import orjson

from shared.fhir import gate
from tests.properties.wire import Answered, Sent

STATUSES: Final = frozenset({200, 201, 202, 204, 304, 400, 404, 405, 406, 409, 410, 412, 413, 415, 422})
MEDIA: Final = frozenset({"application/fhir+json", "application/json"})


def broken(sent: Sent, answered: Answered) -> str:
    """What is wrong with an answer; "" if nothing is."""
    if answered.status not in STATUSES and not (sent.path.startswith(("/admin/re", "/readyz")) and answered.status == 503):
        return f"status {answered.status}"
    if answered.status == 405 and not answered.headers.get("allow"):
        return "405 without Allow"
    if sent.method == "HEAD" or answered.status in (204, 304):
        # Beside `/fhir` the server drops the body of an answer to HEAD.
        return "a body where there can be none" if answered.body and sent.path.startswith("/fhir") else ""
    if answered.status >= 400:
        return _of_refusal(answered)
    return _of_success(answered) if sent.path.startswith("/fhir") and answered.body else ""


def _of_refusal(answered: Answered) -> str:
    if answered.media not in MEDIA:
        return f"an error of type {answered.headers.get('content-type')}"
    try:
        outcome = answered.json()
    except orjson.JSONDecodeError:
        return "an error that is no JSON"
    if not isinstance(outcome, dict) or outcome.get("resourceType") != "OperationOutcome":
        return "an error that is no OperationOutcome"
    if issues := gate.check(outcome, "OperationOutcome"):
        return f"an OperationOutcome that is not legal: {issues}"
    blaming = [issue for issue in outcome["issue"] if issue["severity"] in ("error", "fatal")]
    if not blaming or not all(issue.get("diagnostics") for issue in blaming):
        return "an error that says nothing"
    return ""


def _of_success(answered: Answered) -> str:
    if answered.media not in MEDIA:
        return f"an answer of type {answered.headers.get('content-type')}"
    try:
        resource = answered.json()
    except orjson.JSONDecodeError:
        return "an answer that is no JSON"
    if "resourceType" not in resource:
        return "an answer that is no resource"
    if len(answered.body) < 50_000 and "SUBSETTED" not in answered.body.decode() and (issues := gate.check(resource)):
        return f"an answer that is not legal: {issues}"
    return ""
