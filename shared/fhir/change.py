"""What a write does to one resource, as rules and announcements see it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from shared.fhir.issue import Issue

R = TypeVar("R", bound=Mapping[str, Any])


@dataclass(frozen=True, slots=True)
class Change(Generic[R]):
    """One write. `before` is None for a resource that did not exist (or was deleted).

    Of a deletion `deleted` is true and `after` the last content; rules and announcements are not asked about deletions.
    """

    before: R | None
    after: R
    deleted: bool = False

    def became(self, element: str, *values: object) -> bool:
        """Whether this write gives a top-level element one of the values, which it did not have before."""
        now = self.after.get(element)
        return now in values and (self.before is None or self.before.get(element) != now)


Rule = Callable[[Change[Any]], Iterator[Issue]]
"""A sentence that must hold, as a generator of what breaks it. Pure."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """What others are told when `when` holds: the event `<Type>.<name>`. `about` is its line in the catalogue."""

    name: str
    when: Callable[[Change[Any]], bool]
    about: str


def name_of(change: Change[Any], announces: tuple[Announcement, ...]) -> str:
    """The one name of a change: `deleted`, the first announcement that fits, else `created` or `updated`."""
    if change.deleted:
        return "deleted"
    for announcement in announces:
        if announcement.when(change):
            return announcement.name
    return "created" if change.before is None else "updated"
