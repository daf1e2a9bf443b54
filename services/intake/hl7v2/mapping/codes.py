"""Single coded fields, dates and flags: what is no code or no date is left out, and said in a warning."""

from __future__ import annotations

from collections.abc import Mapping

from services.intake.hl7v2.moment import Moment
from services.intake.hl7v2.segment import Segment

from .scribe import Scribe


def code_of(segment: Segment, number: int, table: Mapping[str, str], scribe: Scribe) -> str | None:
    """What the table makes of a field; None for what it does not know."""
    said = segment.text(number)
    found = table.get(said.upper()) if said else None
    if said and found is None:
        scribe.made.warn(segment.position(number), f"{said[:50]!r} is no code that is known here; it is left out")
    return found


def checked_date(segment: Segment, number: int, scribe: Scribe, component: int = 1) -> Moment | None:
    """What a field says as a time; None for nothing, or for what is no time."""
    said = segment.text(number, component)
    if not said:
        return None
    found = scribe.message.moment(said)
    if found is None:
        scribe.made.warn(segment.position(number), f"{said[:50]!r} is no time; it is left out")
    return found


def yes_or_no(said: str) -> bool | None:
    """Table 0136."""
    return {"Y": True, "N": False}.get(said.upper())
