"""The driver's own book: what it asked for, and what it was told became of it.

Every write carries a tag of its own (`meta.tag`), so that each version in a history can be traced to the one request that
made it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

Resource = dict[str, Any]

TAG = "urn:chaos:write"

Told = Literal["acknowledged", "refused", "unknown"]


@dataclass(frozen=True, slots=True)
class Place:
    """A version of a resource; `version` 0: not said which."""

    type: str
    id: str
    version: int = 0


@dataclass(slots=True)
class Write:
    """One request that writes `count` versions, all of them or none. `places` as far as the answer said them."""

    tag: str
    what: str
    told: Told
    count: int = 1
    places: tuple[Place, ...] = ()
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Poison:
    """A message that nobody can take, about a type. `certain`: everybody who listens to the type must have met it.

    One that is no event has no identity: each copy of it is a dead letter.
    """

    type: str
    is_event: bool
    certain: bool


@dataclass(frozen=True, slots=True)
class Discharge:
    """`case`: the id of its EpisodeOfCare. `overdue`: so long ago that what it calls for should have been done by now."""

    told: Told
    case: str
    overdue: bool


@dataclass(slots=True)
class Book:
    """`promises` are what must come of acknowledged writes elsewhere; each list is looked at by one part of the audit."""

    writes: dict[str, Write] = field(default_factory=dict)
    deletions: dict[tuple[str, str], list[Told]] = field(default_factory=dict)
    shared: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    """(type, identifier) of conditional creates → ids that were answered."""
    discharges: dict[str, Discharge] = field(default_factory=dict)
    """By the id of the Encounter."""
    visits: dict[str, list[Told]] = field(default_factory=dict)
    """ServiceRequest id → what was told of each fulfilled visit."""
    handovers: list[str] = field(default_factory=list)
    """Addresses at which intake tells what became of what it handed over."""
    poison: dict[str, Poison] = field(default_factory=dict)
    """What a dead letter of it is about → what it is."""
    complaints: list[str] = field(default_factory=list)
    """What was wrong at once: a 500, an answer that lost an acknowledged write."""

    def note(self, write: Write) -> None:
        self.writes[write.tag] = write

    def complain(self, what: str) -> None:
        self.complaints.append(what)

    def lose_poison(self) -> None:
        """The stream may have lost something: what was put there before may have gone unheard."""
        self.poison = {about: replace(known, certain=False) for about, known in self.poison.items()}

    def tally(self) -> dict[str, int]:
        """How many writes were told what."""
        told = [write.told for write in self.writes.values()] + [each for told in self.deletions.values() for each in told]
        return {word: told.count(word) for word in ("acknowledged", "refused", "unknown")}


def tagged(resource: Resource, tag: str) -> Resource:
    return resource | {"meta": {"tag": [{"system": TAG, "code": tag}]}}


def tag_of(resource: Resource) -> str:
    tags: Iterable[Resource] = resource.get("meta", {}).get("tag", ())
    return next((each["code"] for each in tags if each.get("system") == TAG), "")


def place_of(resource: Resource) -> Place:
    return Place(resource["resourceType"], resource["id"], int(resource["meta"]["versionId"]))


def place_at(location: str) -> Place:
    """`[base]/Type/id/_history/version`, or without the version."""
    where, _, version = location.partition("/_history/")
    type, id = where.split("/")[-2:]
    return Place(type, id, int(version or 0))
