"""What others are told when coverages, claims and their answers change."""

from __future__ import annotations

from typing import Any

from shared.fhir.change import Announcement, Change

from .ledger import is_running_out


def _is_decided(answer: Any) -> bool:
    return bool(answer["use"] == "preauthorization" and answer["outcome"] in ("complete", "error"))


def _was_decided(change: Change[Any]) -> bool:
    return _is_decided(change.after) and not (change.before and _is_decided(change.before))


def _runs_out(change: Change[Any]) -> bool:
    return is_running_out(change.after) and not (change.before and is_running_out(change.before))


COVERAGE = (Announcement("lapsed", lambda change: change.became("status", "cancelled"), "A coverage is no longer in force."),)
CLAIM_RESPONSE = (
    Announcement("decided", _was_decided, "The payer has decided a prior authorization."),
    Announcement("running-out", _runs_out, "Few of the authorized visits are left."),
)
