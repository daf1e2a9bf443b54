"""A consistent look at the store: what is current, what was, and what a search finds."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final
from urllib.parse import parse_qsl

from shared.fhir import text
from shared.fhir.caller import LOCAL, Caller
from shared.fhir.issue import Resource
from shared.fhir.query import Query, parse
from shared.store import counters, identifiers, records, resources
from shared.store.connection import Connection
from shared.store.history import Period, history, length
from shared.store.naming import naming
from shared.store.resources import Stored
from shared.store.search import Found, find
from shared.store.version import Record, Version

_ALL_OF_THEM: Final = (("_count", "1000"), ("_total", "none"))


class TakesLonger(BaseException):
    """What was begun in the event loop's thread is more than point reads, and is begun again in another."""


class View:
    """Everything here is of one moment. A look may be begun twice, so it has no effect but its result."""

    def __init__(self, connection: Connection, now: datetime, caller: Caller = LOCAL, *, glance: bool = False) -> None:
        self.now = now
        self.caller = caller
        self._connection = connection
        self._glance = glance

    @property
    def connection(self) -> Connection:
        """For the modules of the store, which speak SQL."""
        if self._glance:
            raise TakesLonger
        return self._connection

    @property
    def at_hand(self) -> Connection:
        """The same for a statement that reads a few rows along an index: the event loop's thread may do that itself."""
        return self._connection

    def current(self, type: str, id: str) -> Version | None:
        """The newest version, a deletion too; None for what was never known."""
        stored = self._stored(type, id)
        return stored.version if stored else None

    def read(self, type: str, id: str) -> Resource | None:
        """The newest content parsed (numbers keep their text: shared.fhir.text.load); None if absent or deleted."""
        version = self.current(type, id)
        return None if version is None or version.deleted else text.load(version.text)

    def version(self, type: str, id: str, number: int) -> Version | None:
        return resources.numbered(self._connection, type, id, number)

    def counted(self, key: str) -> int:
        """What a counter stands at; 0 for one that was never counted."""
        return counters.of(self._connection, key)

    def find(self, query: Query) -> Found:
        """What a parsed query finds: a page of matches, what is included with them, and where the next page begins."""
        return find(self, query)

    def search(self, query: str) -> list[Resource]:
        """All matches of `Type?param=value&…` (no paging, at most 1,000), parsed. Raises Malformed, for unknown names too."""
        type, _, criteria = query.partition("?")
        pairs = [*parse_qsl(criteria, keep_blank_values=True), *_ALL_OF_THEM]
        found = self.find(parse(type, pairs, strict=True, now=self.now))
        return [text.load(version.text) for version in found.matches]

    def identified(self, type: str, system: str, value: str) -> str:
        """The id of the resource with this identifier (`system` "": of whatever system); "" for none. A look, no search:
        it knows no limits of the caller's."""
        return identifiers.identified(self._connection, type, system, value)

    def naming(self, type: str, parameter: str, reference: str) -> list[Resource]:
        """The resources of a type whose parameter names `Type/id`, or whom that lives on as; for where they are few.
        A look, no search: it knows no limits of the caller's."""
        return [text.load(version.text) for version in naming(self.connection, type, parameter, reference)]

    def history(
        self,
        type: str | None = None,
        id: str | None = None,
        *,
        since: datetime | None = None,
        at: Period | None = None,
        before_sequence: int | None = None,
        count: int = 100,
        types: Collection[str] = (),
    ) -> list[Version]:
        """Versions of one resource, of a type or of all (of these `types`), newest first, deletions included.

        The next page is the one `before_sequence` of the last version here.
        `since`: made then or later. `at`: current at some moment of the half-open period.
        """
        connection = self.connection
        return history(connection, type, id, since=since, at=at, before_sequence=before_sequence, count=count, types=types)

    def history_length(self, type: str, id: str, *, since: datetime | None = None, at: Period | None = None) -> int:
        """How many versions the whole history of one resource has."""
        return length(self.connection, type, id, since=since, at=at)

    def recorded(self, kind: str, id: str) -> Record | None:
        row = records.get(self._connection, kind, id)
        return records.record_of(row) if row else None

    def records(
        self,
        kind: str,
        state: str | None = None,
        key: tuple[str, str] | None = None,
        limit: int = 100,
        *,
        keys: Mapping[str, str] | None = None,
        before: Record | None = None,
    ) -> list[Record]:
        """The records of a kind, in a state, with a key of this name and value, with all of these `keys`; newest first.
        Without keys only those that have a state (the others are read by their ids).

        The next page is the one `before` the last record here.
        """
        every = dict((key,) if key else ()) | dict(keys or {})
        return records.find(self.connection, kind, state, every, limit, before)

    def first_records(self, kind: str, name: str, limit: int, *, beginning: str = "") -> list[Record]:
        """The records of a kind with a key of this name, whose value has this `beginning`.

        The least value first, byte by byte, then the one that has had it longest.
        """
        return records.in_order(self.connection, kind, name, limit, beginning)

    def _stored(self, type: str, id: str) -> Stored | None:
        return resources.current(self._connection, type, id)
