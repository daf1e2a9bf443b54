"""What the store gives back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Effect = Literal["created", "updated", "unchanged", "deleted"]


@dataclass(frozen=True, slots=True)
class Version:
    """One stored version. `text` is the exact JSON (empty for a deletion), `sequence` its place in the order of commits.

    `made_anew`: nothing was there before it, or a deletion; told by histories only.
    """

    type: str
    id: str
    number: int
    updated: datetime
    text: bytes
    deleted: bool = False
    sequence: int = 0
    made_anew: bool = False

    @property
    def reference(self) -> str:
        return f"{self.type}/{self.id}"


@dataclass(frozen=True, slots=True)
class Written:
    """What a write came to: the version that is current now, and what the write did."""

    version: Version
    effect: Effect


@dataclass(frozen=True, slots=True)
class Timer:
    """Something that is due: `name` chooses the handler, `key` is what it is about (often a reference)."""

    name: str
    key: str
    due: datetime
    body: dict[str, object]


@dataclass(frozen=True, slots=True)
class Record:
    """A row of the general table for what is no FHIR resource: raw messages, handovers, logs."""

    kind: str
    id: str
    state: str
    keys: dict[str, str]
    body: dict[str, object]
    updated: datetime
