"""What a message says of a person: who they are, who is around them, what they do not bear."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from services.intake.hl7v2.message import Group

from .allergies import allergies
from .news import Stamps
from .patients import identity, stamps_of, tell_of
from .related import related_people
from .repeats import Part, is_said_again, say_again, words
from .scribe import STAMPS, Scribe

_SEGMENTS: Final = ("PID", "PD1", "NK1", "GT1", "AL1")


def person(group: Group, scribe: Scribe, **more: Any) -> str:
    """Store what the group says, unless it has just been said; the id of the Patient. `more` are elements that the event says.

    Raises Unmappable without a PID or an identifier in it.
    """
    pid = scribe.only(group, "PID")
    part = Part(scribe)
    id = identity(pid, scribe)
    said, stamps = words(scribe, group.all(*_SEGMENTS)), stamps_of(id, scribe)
    before = scribe.kept(STAMPS, id).get("told")
    if before and is_said_again(before, said, stamps, scribe) and _holds_still(more, before["more"], stamps, scribe):
        say_again(before, stamps, scribe)
        stamps.update(dict.fromkeys(more, scribe.when))
        scribe.keep(STAMPS, id, {"stamps": stamps, "told": before})
        return id
    names = tell_of(id, group, pid, scribe, **more)
    related_people(group, id, scribe)
    allergies(group, id, scribe)
    told = part.told(said, [name for name in names if name not in more], more)
    scribe.keep(STAMPS, id, {**scribe.kept(STAMPS, id), "told": told})
    return id


def _holds_still(more: Mapping[str, Any], before: Mapping[str, Any], stamps: Stamps, scribe: Scribe) -> bool:
    return more.items() <= before.items() and all(stamps.get(name, 0) <= scribe.when for name in more)
