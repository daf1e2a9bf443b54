"""What others are told when appointments change."""

from __future__ import annotations

from typing import Any

from shared.fhir.change import Announcement, Change


def _moved(change: Change[Any]) -> bool:
    before = change.before
    return before is not None and before.get("start") != change.after.get("start") and change.after["status"] == "booked"


APPOINTMENT = (
    Announcement("booked", lambda change: change.became("status", "booked"), "A visit has its time."),
    Announcement("moved", _moved, "A booked visit has another time."),
    Announcement("arrived", lambda change: change.became("status", "arrived", "checked-in"), "The patient is there."),
    Announcement("fulfilled", lambda change: change.became("status", "fulfilled"), "The visit took place."),
    Announcement("noshow", lambda change: change.became("status", "noshow"), "The patient did not come."),
    Announcement("cancelled", lambda change: change.became("status", "cancelled"), "The visit will not take place."),
)
