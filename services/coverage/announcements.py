"""What others are told when coverages, claims and their answers change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from shared.fhir.change import Announcement, Change
from shared.fhir.element import extension

from .ledger import is_running_out
from .vocabulary import REVIEW_LATE


def _is_decided(answer: Any) -> bool:
    return bool(answer["use"] == "preauthorization" and answer["outcome"] in ("complete", "error"))


def _was_decided(change: Change[Any]) -> bool:
    return _is_decided(change.after) and not (change.before and _is_decided(change.before))


def _became(lateness: str) -> Callable[[Change[Any]], bool]:
    def late(change: Change[Any]) -> bool:
        before = extension(change.before, REVIEW_LATE) if change.before else None
        return bool(extension(change.after, REVIEW_LATE) == lateness != before)

    return late


def _runs_out(change: Change[Any]) -> bool:
    return is_running_out(change.after) and not (change.before and is_running_out(change.before))


COVERAGE = (Announcement("lapsed", lambda change: change.became("status", "cancelled"), "A coverage is no longer in force."),)
CLAIM_RESPONSE = (
    Announcement("decided", _was_decided, "The payer has decided a prior authorization."),
    Announcement("cancelled", lambda change: change.became("status", "cancelled"), "A prior authorization was withdrawn."),
    Announcement("overdue", _became("overdue"), "A prior authorization was not decided in the time that it may take."),
    Announcement("due-soon", _became("due-soon"), "The time for a decision on a prior authorization is nearly over."),
    Announcement("running-out", _runs_out, "Few of the authorized visits are left."),
)
