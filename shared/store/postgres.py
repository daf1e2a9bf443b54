"""PostgreSQL by psycopg: the writer pipelines its statements, readers come from a pool.

https://www.postgresql.org/docs/15/libpq-pipeline-mode.html, https://www.psycopg.org/psycopg3/docs/advanced/pipeline.html
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from typing import Any

import psycopg
from psycopg import IsolationLevel, RawCursor
from psycopg.types.numeric import Int8Dumper
from psycopg_pool import ConnectionPool

from shared.store.connection import Connection, Dialect, Params, Row

_READERS = 8
_PATIENCE = 5.0
"""Seconds that a look waits for a reader."""
_LOCK = 0x0CA5E101
"""A number of our own for pg_advisory_xact_lock: who holds it writes. One store is one database."""

_OFF = ("seqscan", "bitmapscan", "hashjoin", "mergejoin", "material")
_PLANNING = " ".join((*(f"-c enable_{way}=off" for way in _OFF), "-c jit=off"))
"""Every statement here goes along an index, from few rows to few: no plan may depend on statistics that a fresh table lacks."""

_ASKED = 50
_CHUNK = 32
_VALUES = re.compile(r"^\s*INSERT\b.*\bVALUES\s*(\([^()]*\))", re.IGNORECASE | re.DOTALL)

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


class PostgresWriter:
    """In pipeline mode all the time: statements are queued, only reads and commits wait, so a group costs few round trips.

    A queued statement that fails is noticed later, so its error can't be told to be the unit's that notices it. Then the
    transaction is not sound any more, and the writer runs the units again one by one, where it is clear whose it is.
    """

    dialect: Dialect = "postgresql"
    raw: Raw

    def __init__(self, url: str) -> None:
        self._url = url
        self._connect()

    def execute(self, sql: str, params: Params = ()) -> None:
        with self._watched():
            self._cursor.execute(numbered(sql), params)

    def many(self, sql: str, rows: Sequence[Params]) -> None:
        for text, params in in_chunks(sql, rows):
            self.execute(text, params)

    def rows(self, sql: str, params: Params = ()) -> list[Row]:
        with self._watched():
            return self.raw.execute(numbered(sql), params).fetchall()

    def row(self, sql: str, params: Params = ()) -> Row | None:
        with self._watched():
            return self.raw.execute(numbered(sql), params).fetchone()

    def begin(self) -> None:
        if self.raw.closed or self.raw.broken:
            self._connect()
        self._failed = False
        self.execute("BEGIN")
        self.execute(f"SELECT pg_advisory_xact_lock({_LOCK})")
        self._transaction = self.raw.execute("SELECT pg_current_xact_id()::text")

    def commit(self) -> None:
        if self._failed:
            raise psycopg.InternalError("a statement of this transaction failed")
        with self._watched():
            done = self.raw.execute("COMMIT")
            self._pipeline.sync()
            if done.statusmessage != "COMMIT":
                raise psycopg.InternalError("the transaction was rolled back")

    def rollback(self) -> None:
        with suppress(psycopg.Error):
            self._drain()
            self.raw.execute("ROLLBACK")
            self._pipeline.sync()

    def savepoint(self, name: str) -> None:
        self.execute(f"SAVEPOINT {name}")

    def release(self, name: str) -> None:
        self.execute(f"RELEASE {name}")

    def rollback_to(self, name: str) -> None:
        self._failed = False
        self.execute(f"ROLLBACK TO {name}")
        self.execute(f"RELEASE {name}")

    def settle(self) -> None:
        with self._watched():
            self._pipeline.sync()

    def is_sound(self) -> bool:
        return not (self._failed or self.raw.closed or self.raw.broken)

    def committed(self) -> bool:
        """Only where the connection was lost it is not known; then another one is asked.

        https://www.postgresql.org/docs/15/functions-info.html (pg_xact_status)
        """
        with suppress(psycopg.Error):
            transaction = self._transaction.fetchone()
            lost = self.raw.closed or self.raw.broken
            for _ in range(_ASKED if transaction and lost else 0):
                with suppress(psycopg.OperationalError), psycopg.connect(self._url, autocommit=True) as asking:
                    found = asking.execute("SELECT pg_xact_status(%s::xid8)", transaction).fetchone()
                    if found and found[0] != "in progress":
                        return bool(found[0] == "committed")
                time.sleep(0.1)
        return False

    def may_recover(self, error: BaseException) -> bool:
        return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError) and (self.raw.closed or self.raw.broken)

    def is_trouble(self, error: BaseException) -> bool:
        return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)

    def close(self) -> None:
        with suppress(psycopg.Error):
            self._mode.__exit__(None, None, None)
        self.raw.close()

    def _connect(self) -> None:
        self._failed = False
        self.raw = psycopg.connect(self._url, autocommit=True, cursor_factory=RawCursor, options=_PLANNING)
        _prepare_well(self.raw)
        self.raw.execute("SET idle_in_transaction_session_timeout = '60s'")
        self._mode = self.raw.pipeline()
        self._pipeline = self._mode.__enter__()
        self._cursor = self.raw.cursor()
        self._transaction = self._cursor

    @contextmanager
    def _watched(self) -> Iterator[None]:
        try:
            yield
        except psycopg.Error:
            self._failed = True
            raise

    def _drain(self) -> None:
        """Read what is still on its way, whatever became of it."""
        with suppress(psycopg.Error):
            self._pipeline.sync()


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
            kwargs={"cursor_factory": RawCursor, "options": _PLANNING},
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


@lru_cache(maxsize=4096)
def numbered(sql: str) -> str:
    """PostgreSQL's own form of a text with `?`: `$1`, `$2` … Leaves quoted text alone."""
    pieces = sql.split("'")
    count = 0
    for at in range(0, len(pieces), 2):
        first, *rest = pieces[at].split("?")
        for piece in rest:
            count += 1
            first += f"${count}{piece}"
        pieces[at] = first
    return "'".join(pieces)


def in_chunks(sql: str, rows: Sequence[Params]) -> Iterator[tuple[str, Params]]:
    """One INSERT of many rows for many INSERTs of one. Other statements, and those that may meet their own rows, stay single."""
    if len(rows) == 1 or not (values := _VALUES.search(sql)) or "DO UPDATE" in sql:
        yield from ((sql, row) for row in rows)
        return
    for start in range(0, len(rows), _CHUNK):
        chunk = rows[start : start + _CHUNK]
        yield _of_many(sql, values.span(1), len(chunk)), [value for row in chunk for value in row]


@lru_cache(maxsize=4096)
def _of_many(sql: str, span: tuple[int, int], count: int) -> str:
    start, end = span
    return sql[:start] + ", ".join([sql[start:end]] * count) + sql[end:]


def _configure_reader(raw: psycopg.Connection[Any]) -> None:
    raw.isolation_level = IsolationLevel.REPEATABLE_READ
    raw.read_only = True
    _prepare_well(raw)


def _prepare_well(raw: psycopg.Connection[Any]) -> None:
    """A statement is prepared at its second use, and whole numbers always have one type, so that it is prepared once."""
    raw.prepare_threshold = 1
    raw.prepared_max = 1000
    raw.adapters.register_dumper(int, Int8Dumper)
