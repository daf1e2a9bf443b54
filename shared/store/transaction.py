"""The unit of work's hands: the only way that anything is written. (Signatures first; the store fills them.)"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Protocol

from shared.fhir.caller import Caller
from shared.fhir.issue import Issue, Resource
from shared.fhir.text import Draft
from shared.kernel.trace import Cause
from shared.store.version import Record, Timer, Version, Written


class View(Protocol):
    """A consistent look at the store."""

    caller: Caller

    def current(self, type: str, id: str) -> Version | None:
        """The newest version, a deletion too; None for what was never known."""

    def read(self, type: str, id: str) -> Resource | None:
        """The newest content parsed (numbers keep their text: shared.fhir.text.load); None if absent or deleted."""

    def version(self, type: str, id: str, number: int) -> Version | None: ...

    def search(self, query: str) -> list[Resource]:
        """All matches of `Type?param=value&…` (no paging, at most 1,000), parsed. Raises Malformed."""


class Transaction(View, Protocol):
    """One unit of work. It may run more than once (retry), so a unit has no effect but on its transaction."""

    now: datetime
    cause: Cause
    warnings: list[Issue]

    def new_id(self) -> str: ...

    # resources
    def write(self, draft: Draft, id: str) -> Written:
        """Store what the door took, already through the gate: rules, version, index, announcement, `then`."""

    def create(self, resource: Mapping[str, Any]) -> Resource:
        """Store a new resource of a type owned here, through gate and rules; an id is given where it has none."""

    def save(self, resource: Mapping[str, Any]) -> Resource:
        """Store the new content of a resource (update as create), through gate and rules. Unchanged content: no version."""

    def delete(self, type: str, id: str) -> Written | None:
        """None if it was never known; `unchanged` if already deleted."""

    # others
    def propose(self, resource: Mapping[str, Any], handover: str = "") -> None:
        """Hand a resource (with its id) to the service that owns its type: `care.<Type>.proposed.<id>`."""

    def schedule(self, name: str, due: datetime, key: str, body: Mapping[str, object] | None = None) -> None:
        """Set the timer (name, key); one that is already set is moved."""

    def unschedule(self, name: str, key: str) -> None: ...

    def claim(self, key: str, start: datetime, end: datetime, owner: str, capacity: int = 1) -> None:
        """Take half-open [start, end) of `key` for `owner`. Raises Conflict when all `capacity` lanes are taken."""

    def release(self, owner: str) -> None:
        """Give back every claim of this owner."""

    def count(self, key: str, amount: int = 1, limit: int | None = None) -> int:
        """Add to a counter and answer its value. Raises Conflict if it would pass the limit."""

    def record(self, kind: str, id: str, state: str, keys: Mapping[str, str], body: Mapping[str, object]) -> None:
        """Insert or replace a record."""

    def recorded(self, kind: str, id: str) -> Record | None: ...

    def records(self, kind: str, state: str | None = None, key: tuple[str, str] | None = None, limit: int = 100) -> list[Record]: ...
