"""What a message says in the words of the one before it: it is newer news, and need not be mapped again.

With every message a feed says once more who the patient is, who is around them and what they suffer from. So of each part of a
message a digest of its raw segments is kept beside what it is about. The same words once more, while nobody has changed any
resource that they lead to, change nothing but the instant from which they hold: exactly what mapping them again would come to.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from services.intake.hl7v2.segment import Segment
from shared.fhir.issue import Resource

from .news import Said, Stamps
from .scribe import STAMPS, VISIT, Scribe

Told = Mapping[str, Any]
"""A part as it was last told: `words`, its digest; `seen`, the version number by `Type/id` of all that it led to (0: there was
none); `news`, what of that is told of as a whole (scribe.news); `names`, what it said by name (news.Said); `warnings`; and
what it means `more`."""


def words(scribe: Scribe, segments: Iterable[Segment], *more: object) -> str:
    """The digest of segments as they are written, and of all that their meaning hangs on. `more`: what else it does."""
    mark = scribe.message.header.separators.field
    lines = (mark.join(segment.fields) for segment in segments)
    whole = "\r".join((_edition(), *scribe.meaning, *map(str, more), *lines))
    return hashlib.blake2b(whole.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def is_said_again(before: Told, said: str, stamps: Stamps, scribe: Scribe) -> bool:
    """Whether these are the words that were told last, none of their news was newer, and all that they led to is as it was."""
    if before["words"] != said or any(stamps.get(name, 0) > scribe.when for name in before["names"]):
        return False
    seen = _seen(before)
    scribe.tx.foresee(seen)
    return all(scribe.number(*key) == number for key, number in seen.items())


def foresee(patient: str, visit: str, scribe: Scribe) -> None:
    """Read at once what a message about these will most likely look at: them, and all that was told of them last led to."""
    keys: list[tuple[str, str]] = []
    if patient:
        keys += (("Patient", patient), *_seen(scribe.kept(STAMPS, patient).get("told")))
    if visit:
        parts = scribe.kept(VISIT, visit).get("told", {}).values()
        keys += (("Encounter", visit), *(key for part in parts for key in _seen(part)))
    scribe.tx.foresee(keys)


def _seen(told: Told | None) -> dict[tuple[str, str], int]:
    """The version number by (type, id)."""
    return {(type, id): number for key, number in told["seen"].items() for type, _, id in (key.partition("/"),)} if told else {}


def say_again(before: Told, stamps: Stamps, scribe: Scribe) -> None:
    """What was said holds from now on; `stamps` are brought up to date."""
    stamps.update(dict.fromkeys(before["names"], scribe.when))
    scribe.made.warnings += before["warnings"]
    for kind, id, key in before["news"]:
        scribe.renew(key, (kind, id))


@dataclass(frozen=True, slots=True)
class Heard:
    """A part of a message: what is `said` anew, the names of what is said `again`, `more` that it means; what is kept of it."""

    said: Said
    again: Sequence[str]
    more: Mapping[str, Any]
    told: Told | None


def heard(before: Told | None, words: str, stamps: Stamps, scribe: Scribe, make: Callable[[], tuple[Said, Resource]]) -> Heard:
    """What a part says, by `make` (what it says, and means more) where it is not known yet."""
    if before and is_said_again(before, words, stamps, scribe):
        say_again(before, {}, scribe)
        return Heard({}, before["names"], before["more"], before)
    part = Part(scribe)
    said, more = make()
    return Heard(said, (), more, part.told(words, said, more))


class Part:
    """From here on the scribe's doings are those of one part, until `told`."""

    def __init__(self, scribe: Scribe) -> None:
        self._scribe = scribe
        self._warned = len(scribe.made.warnings)
        scribe.seen.clear()
        scribe.news.clear()
        scribe.is_late = False

    def told(self, said: str, names: Iterable[str], more: Mapping[str, Any]) -> Told | None:
        """What is kept of it; None where something newer was known already, so that not all of it was stored."""
        scribe = self._scribe
        if scribe.is_late:
            return None
        seen = {f"{type}/{id}": scribe.number(type, id) for type, id in scribe.seen}
        warnings = scribe.made.warnings[self._warned :]
        told = {"words": said, "seen": seen, "news": list(scribe.news), "names": list(names), "warnings": warnings}
        return {**told, "more": more}


@cache
def _edition() -> str:
    """Changes with the mapping: what an earlier one has made of the same words says nothing about this one."""
    modules = sorted(Path(__file__).parent.parent.rglob("*.py"))
    return hashlib.blake2b(b"".join(module.read_bytes() for module in modules), digest_size=16).hexdigest()
