"""What a service listens to: the fewest subjects that bring every event it has a use for, none of them twice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from shared.events.event import Event
from shared.service import Reaction, Service

ANSWERS: Final = frozenset({"accepted", "rejected"})
NO_CHANGE: Final = ANSWERS | {"proposed"}
"""Names of events that tell of no new version."""


def filters(service: Service) -> tuple[str, ...]:
    """Subjects for the service's consumer. The broker refuses filters that overlap, so each type has its own.

    Raises ValueError for a reaction to a type that is neither owned nor followed.
    """
    return tuple(sorted(_filters(service)))


def reactions(service: Service, event: Event) -> list[Reaction]:
    """What the service does about an event: the reaction to its name, then that to any change of the type."""
    if event.name in NO_CHANGE:
        return []
    return [service.reacts[key] for key in (f"{event.type}.{event.name}", event.type) if key in service.reacts]


def _filters(service: Service) -> Iterator[str]:
    owned = {each.name for each in service.owns}
    reacted = {key.partition(".")[0] for key in service.reacts}
    if strange := reacted - owned - set(service.follows):
        raise ValueError(f"{service.name} reacts to {', '.join(sorted(strange))} but neither owns nor follows it")
    whole = set(service.follows) | reacted
    yield from (f"care.{type}.>" for type in whole)
    yield from (f"care.{type}.proposed.*" for type in owned - whole)
    others = {type for types in service.directory.owns.values() for type in types} - owned - whole
    yield from (f"care.{type}.rejected.*" for type in others)
    if service.takes_foreign_bundles:
        yield from (f"care.{type}.accepted.*" for type in others)
