"""What the contract of search is tried on: a database that is filled without a service around it, and searched."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import pytest

from shared.fhir import text
from shared.fhir.caller import LOCAL, Caller
from shared.fhir.index import index_rows
from shared.fhir.issue import Resource
from shared.fhir.query import parse
from shared.store import indexing, resources
from shared.store.connection import WritingConnection
from shared.store.database import database_of
from shared.store.search import Found, find, ids
from shared.store.version import Version

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@dataclass
class Searched:
    """A database and the moment it is looked at. Every resource added is a second younger than the one before."""

    connection: WritingConnection
    caller: Caller = LOCAL
    now: datetime = NOW
    rids: dict[str, tuple[int, Resource]] = field(default_factory=dict)
    sequence: int = 0

    def add(self, *added: Resource) -> None:
        self.connection.begin()
        for resource in added:
            self._put(resource)
        self.connection.commit()

    def delete(self, reference: str) -> None:
        rid, before = self.rids.pop(reference)
        self.connection.begin()
        resources.append(self.connection, rid, self._version(before, b"", deleted=True), "", "", first=False, shape=None)
        indexing.replace(self.connection, rid, index_rows(before), None)
        self.connection.commit()

    def search(self, query: str, cursor: str | None = None) -> Found:
        type, _, criteria = query.partition("?")
        pairs = parse_qsl(criteria, keep_blank_values=True) + ([("_cursor", cursor)] if cursor else [])
        return find(self, parse(type or None, pairs, now=self.now))

    def found(self, query: str) -> list[str]:
        """The ids of all matches, in their order."""
        return [version.id for version in self.search(query).matches]

    def included(self, query: str) -> set[str]:
        return {version.reference for version in self.search(query).included}

    def ids(self, query: str) -> list[str]:
        type, _, criteria = query.partition("?")
        return ids(self, type, parse_qsl(criteria))

    def pages(self, query: str) -> list[list[str]]:
        """The ids on every page, following the cursors."""
        page = self.search(query)
        pages = [[version.id for version in page.matches]]
        while page.next_cursor:
            page = self.search(query, page.next_cursor)
            pages.append([version.id for version in page.matches])
        return pages

    def _put(self, resource: Resource) -> None:
        reference = f"{resource['resourceType']}/{resource['id']}"
        rid, before = self.rids.get(reference, (self.sequence + 1, None))
        self.rids[reference] = rid, resource
        version = self._version(resource, text.dump(resource))
        rows = index_rows(resource)
        resources.append(self.connection, rid, version, "", "", first=before is None, shape=rows.shape)
        indexing.replace(self.connection, rid, None if before is None else index_rows(before), rows)

    def _version(self, resource: Resource, content: bytes, *, deleted: bool = False) -> Version:
        self.sequence += 1
        updated = NOW - timedelta(days=2) + timedelta(seconds=self.sequence)
        return Version(resource["resourceType"], resource["id"], self.sequence, updated, content, deleted, self.sequence)


def opened(request: pytest.FixtureRequest, kind: str) -> Iterator[Searched]:
    """A fresh database, for as many tests as share the fixture."""
    if kind == "sqlite":
        path = request.getfixturevalue("tmp_path_factory").mktemp("searched") / "store.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        database = database_of(f"sqlite:///{path}")
    else:
        server = request.getfixturevalue("postgres")
        database = database_of(server.create(request.getfixturevalue("postgres_template")))
    connection = database.writer()
    yield Searched(connection)
    database.close()
    connection.close()


def a(type: str, id: str, **elements: Any) -> Resource:
    return {"resourceType": type, "id": id, **elements}


def ref(reference: str) -> dict[str, str]:
    return {"reference": reference}


def coded(code: str, system: str = "", **more: str) -> dict[str, Any]:
    coding = {"system": system, "code": code, **more} if system else {"code": code, **more}
    return {"coding": [coding]}
