"""Every name that an event can have, one table: what the engine says of each type, and what domains announce."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from shared.fhir.change import Announcement

ENGINE: Final[Mapping[str, str]] = {
    "created": "It did not exist before (or was deleted).",
    "updated": "It has a new version.",
    "deleted": "It was deleted; the event has no body.",
    "proposed": "Another service asks the owner to store it.",
    "accepted": "The owner has stored what was proposed; the body is an OperationOutcome.",
    "rejected": "The owner does not take what was proposed; the body is an OperationOutcome that says why.",
}
"""Names that exist for every type, and that nobody can announce."""


@dataclass(frozen=True, slots=True)
class Entry:
    """`type`, `name`: `Encounter`, `discharged`; `service` is the type's owner; `about` a sentence for people."""

    type: str
    name: str
    service: str
    about: str

    @property
    def subject(self) -> str:
        return f"care.{self.type}.{self.name}.<id>"

    @property
    def event_type(self) -> str:
        return f"careloom.{self.type}.{self.name}.v1"


def catalogue(owned: Iterable[tuple[str, str, Iterable[Announcement]]]) -> list[Entry]:
    """The entries of all services, in the order in which they own (service, type, announcements)."""
    return [entry for service, type, announces in owned for entry in _entries(service, type, announces)]


def _entries(service: str, type: str, announces: Iterable[Announcement]) -> list[Entry]:
    said = {announcement.name: announcement.about for announcement in announces}
    return [Entry(type, name, service, about) for name, about in {**ENGINE, **said}.items()]
