"""What others are told when coverages, claims and their answers change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from shared.fhir.change import Announcement, Change
from shared.fhir.element import extension

from .renewing import EXPIRED, RUNNING_OUT, USED_UP
from .vocabulary import REVIEW_LATE, STANDING


def _is_decided(answer: Any) -> bool:
    return bool(answer["use"] == "preauthorization" and answer["outcome"] in ("complete", "error"))


def _was_decided(change: Change[Any]) -> bool:
    return _is_decided(change.after) and not (change.before and _is_decided(change.before))


def _says(url: str, value: str) -> Callable[[Change[Any]], bool]:
    """Whether an extension of the answer has come to say this."""

    def so(change: Change[Any]) -> bool:
        before = extension(change.before, url) if change.before else None
        return bool(extension(change.after, url) == value != before)

    return so


COVERAGE = (Announcement("lapsed", lambda change: change.became("status", "cancelled"), "A coverage is no longer in force."),)
CLAIM_RESPONSE = (
    Announcement("decided", _was_decided, "The payer has decided a prior authorization."),
    Announcement("cancelled", lambda change: change.became("status", "cancelled"), "A prior authorization was withdrawn."),
    Announcement("overdue", _says(REVIEW_LATE, "overdue"), "A prior authorization was not decided in the time that it may take."),
    Announcement("due-soon", _says(REVIEW_LATE, "due-soon"), "The time for a decision on a prior authorization is nearly over."),
    Announcement("running-out", _says(STANDING, RUNNING_OUT), "Few of the authorized visits are left, or few days."),
    Announcement("used-up", _says(STANDING, USED_UP), "All authorized visits have taken place."),
    Announcement("expired", _says(STANDING, EXPIRED), "A prior authorization has come to its last day."),
)
