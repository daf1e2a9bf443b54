"""What others are told when encounters and cases change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from shared.fhir.change import Announcement, Change
from shared.fhir.element import extension
from shared.fhir.merged import replaced_by

from .consent import is_denial
from .vocabulary import ACT_CODE, ACTS

INPATIENT = frozenset({"IMP", "ACUTE", "NONAC", "OBSENC"})
"""A stay: inpatient, acute, non-acute, observation."""

UNDER_WAY = frozenset({"arrived", "triaged", "in-progress", "onleave"})


def _became(holds: Callable[[Any], bool]) -> Callable[[Change[Any]], bool]:
    return lambda change: holds(change.after) and not (change.before and holds(change.before))


def _class(encounter: Any) -> str:
    found = encounter.get("class", {})
    return str(found.get("code", "")) if found.get("system", ACT_CODE) == ACT_CODE else ""


def _is_emergency(encounter: Any) -> bool:
    return encounter["status"] in UNDER_WAY and _class(encounter) == "EMER"


def _is_stay(encounter: Any) -> bool:
    return encounter["status"] in UNDER_WAY and _class(encounter) in INPATIENT


def _is_discharge(encounter: Any) -> bool:
    return encounter["status"] == "finished" and _class(encounter) in INPATIENT


def _is_over(encounter: Any) -> bool:
    return bool(encounter["status"] == "finished")


def _is_another_result(change: Change[Any]) -> bool:
    return change.before is None or change.before.get("prediction") != change.after.get("prediction")


def _asks_for_action(observation: Any) -> bool:
    return observation["status"] in {"final", "amended", "corrected"} and extension(observation, ACTS) is not None


def _has_another_manager(change: Change[Any]) -> bool:
    before = (change.before or {}).get("careManager")
    return before is not None and change.after.get("careManager", {}).get("reference") != before.get("reference")


def _is_merged(patient: Any) -> bool:
    return replaced_by(patient) is not None


PATIENT = (
    Announcement("merged", _became(_is_merged), "A patient lives on as another, which its link names."),
    Announcement(
        "unmerged",
        lambda change: change.before is not None and _is_merged(change.before) and not _is_merged(change.after),
        "A patient that lived on as another stands by itself again.",
    ),
)

ENCOUNTER = (
    Announcement("emergency", _became(_is_emergency), "An emergency visit has begun."),
    Announcement("admitted", _became(_is_stay), "A stay (inpatient or observation) has begun."),
    Announcement("discharged", _became(_is_discharge), "A stay has ended."),
    Announcement("finished", _became(_is_over), "Any other encounter has ended."),
    Announcement("cancelled", lambda change: change.became("status", "cancelled"), "It will not take place after all."),
)

EPISODE_OF_CARE = (
    Announcement("opened", lambda change: change.became("status", "active"), "A case is open and has its manager."),
    Announcement("waiting", lambda change: change.became("status", "waitlist"), "A case waits for a manager with room."),
    Announcement("closed", lambda change: change.became("status", "finished"), "A case is closed, with its outcome."),
    Announcement("assigned", _has_another_manager, "A case that goes on has another manager."),
)
RISK_ASSESSMENT = (Announcement("assessed", _is_another_result, "A patient's risk is known, or is another than before."),)
OBSERVATION = (Announcement("needs-action", _became(_asks_for_action), "A score asks somebody to act: who stands in it."),)
CONSENT = (
    Announcement("opted-out", _became(is_denial), "A patient denies that parties outside are told."),
    Announcement(
        "opted-in",
        lambda change: change.before is not None and is_denial(change.before) and not is_denial(change.after),
        "A denial that parties outside are told is withdrawn.",
    ),
)
