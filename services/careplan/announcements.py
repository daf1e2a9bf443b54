"""What others are told when plans, goals, requests and tasks change."""

from __future__ import annotations

from typing import Any

from shared.fhir.change import Announcement, Change


def _is_achieved(goal: Any) -> bool:
    return any(coding.get("code") == "achieved" for coding in goal.get("achievementStatus", {}).get("coding", ()))


def _was_achieved(change: Change[Any]) -> bool:
    return _is_achieved(change.after) and not (change.before and _is_achieved(change.before))


CARE_PLAN = (
    Announcement("activated", lambda change: change.became("status", "active"), "A plan is in force: arrange its services."),
    Announcement("held", lambda change: change.became("status", "on-hold"), "A plan rests."),
    Announcement("completed", lambda change: change.became("status", "completed"), "A plan has been carried out."),
    Announcement("revoked", lambda change: change.became("status", "revoked"), "A plan was given up."),
)
GOAL = (Announcement("achieved", _was_achieved, "A goal was reached."),)
SERVICE_REQUEST = (
    Announcement("activated", lambda change: change.became("status", "active"), "A service is to be arranged."),
    Announcement("completed", lambda change: change.became("status", "completed"), "A service has been given in full."),
)
TASK = (
    Announcement("completed", lambda change: change.became("status", "completed"), "Work was done."),
    Announcement("cancelled", lambda change: change.became("status", "cancelled"), "Work is no longer needed."),
)
