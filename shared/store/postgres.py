"""PostgreSQL by psycopg: one connection writes, readers come from a pool."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

import psycopg
from psycopg import RawCursor
from psycopg_pool import ConnectionPool

from shared.store.connection import AsksMore, Connection, Dialect, Params, Row
from shared.store.postgres_asking import PostgresAsking
from shared.store.postgres_writer import PostgresWriter
from shared.store.sessions import PLANNING, prepare_well
from shared.store.statements import in_chunks, numbered

_READERS = 8
_PATIENCE = 5.0
"""Seconds that a look waits for a reader."""

Raw = psycopg.Connection[Row]


class PostgresReader:
    """A reader's connection. The transaction that makes a look's statements see one moment begins with the first of them,
    but for one that says that it is the only one."""

    dialect: Dialect = "postgresql"

    def __init__(self, raw: Raw) -> None:
        self._raw = raw
        self._asked = self._began = False

    def execute(self, sql: str, params: Params = ()) -> None:
        self._in_transaction().execute(numbered(sql), params)

    def many(self, sql: str, rows: Sequence[Params]) -> None:
        for text, params in in_chunks(sql, rows):
            self.execute(text, params)

    def rows(self, sql: str, params: Params = ()) -> list[Row]:
        return self._in_transaction().execute(numbered(sql), params).fetchall()

    def row(self, sql: str, params: Params = ()) -> Row | None:
        return self._in_transaction().execute(numbered(sql), params).fetchone()

    def only(self, sql: str, params: Params = ()) -> list[Row]:
        if self._began or self._asked:
            return self.rows(sql, params)
        self._asked = True
        return self._raw.execute(numbered(sql), params).fetchall()

    def begin(self) -> None:
        self._raw.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        self._began = True

    def _in_transaction(self) -> Raw:
        if self._asked:
            raise AsksMore
        if not self._began:
            self.begin()
        return self._raw


class Postgres:
    """A database of a server: its writer, and a pool of readers."""

    dialect: Dialect = "postgresql"

    def __init__(self, url: str) -> None:
        self._url = url
        self._pool: ConnectionPool[Raw] = ConnectionPool(
            url,
            min_size=1,
            max_size=_READERS,
            open=True,
            timeout=_PATIENCE,
            kwargs={"autocommit": True, "cursor_factory": RawCursor, "options": PLANNING},
            configure=prepare_well,
        )

    def writer(self) -> PostgresWriter:
        return PostgresWriter(self._url)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        with self._pool.connection() as raw:
            yield PostgresReader(raw)

    @contextmanager
    def reading_all(self) -> Iterator[Connection]:
        with self._pool.connection() as raw:
            reader = PostgresReader(raw)
            reader.begin()
            yield reader

    def asking(self) -> PostgresAsking:
        return PostgresAsking(self._url)

    def glimpsing(self) -> None:
        return None

    def glancing(self) -> None:
        return None

    def lost(self, error: Exception) -> bool:
        if isinstance(error, psycopg.OperationalError):
            with suppress(psycopg.Error):
                self._pool.check()
            return True
        return False

    def close(self) -> None:
        self._pool.close()
