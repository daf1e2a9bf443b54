"""PostgreSQL by psycopg: one connection writes, readers come from a pool."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from psycopg import IsolationLevel, RawCursor
from psycopg_pool import ConnectionPool

from shared.store.connection import Connection, Dialect, Params, Row
from shared.store.postgres_writer import PostgresWriter
from shared.store.sessions import PLANNING, prepare_well
from shared.store.statements import in_chunks, numbered

_READERS = 8
_PATIENCE = 5.0
"""Seconds that a look waits for a reader."""

Raw = psycopg.Connection[Row]


class PostgresReader:
    """A reader's connection: nothing is queued."""

    dialect: Dialect = "postgresql"

    def __init__(self, raw: Raw) -> None:
        self.raw = raw

    def execute(self, sql: str, params: Params = ()) -> None:
        self.raw.execute(numbered(sql), params)

    def many(self, sql: str, rows: Sequence[Params]) -> None:
        for text, params in in_chunks(sql, rows):
            self.raw.execute(numbered(text), params)

    def rows(self, sql: str, params: Params = ()) -> list[Row]:
        return self.raw.execute(numbered(sql), params).fetchall()

    def row(self, sql: str, params: Params = ()) -> Row | None:
        return self.raw.execute(numbered(sql), params).fetchone()


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
            kwargs={"cursor_factory": RawCursor, "options": PLANNING},
            configure=_configure_reader,
        )

    def writer(self) -> PostgresWriter:
        return PostgresWriter(self._url)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        with self._pool.connection() as raw:
            yield PostgresReader(raw)

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


def _configure_reader(raw: psycopg.Connection[Any]) -> None:
    raw.isolation_level = IsolationLevel.REPEATABLE_READ
    raw.read_only = True
    prepare_well(raw)
