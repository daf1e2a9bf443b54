"""PostgreSQL by psycopg: the writer pipelines its statements, readers come from a pool.

https://www.postgresql.org/docs/15/libpq-pipeline-mode.html, https://www.psycopg.org/psycopg3/docs/advanced/pipeline.html
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from typing import Any

import psycopg
from psycopg import IsolationLevel, RawCursor, pq
from psycopg.types.numeric import Int8Dumper
from psycopg_pool import ConnectionPool

from shared.store.connection import Connection, Dialect, Params, Row

_READERS = 8
_LOCK = 0x0CA5E101
"""A number of our own for pg_advisory_xact_lock: who holds it writes. One store is one database."""

Raw = psycopg.Connection[Row]


class PostgresConnection:
    """A reader, and what a reader and the writer have in common."""

    dialect: Dialect = "postgresql"

    def __init__(self, raw: Raw) -> None:
        self.raw = raw

    def execute(self, sql: str, params: Params = ()) -> None:
        self.raw.execute(numbered(sql), params)

    def many(self, sql: str, rows: Sequence[Params]) -> None:
        if rows:
            with self.raw.cursor() as cursor:
                cursor.executemany(numbered(sql), rows)

    def rows(self, sql: str, params: Params = ()) -> list[Row]:
        return self.raw.execute(numbered(sql), params).fetchall()

    def row(self, sql: str, params: Params = ()) -> Row | None:
        return self.raw.execute(numbered(sql), params).fetchone()


class PostgresWriter(PostgresConnection):
    """In pipeline mode all the time; connects again at the begin of a transaction where the connection was lost."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connect()

    def begin(self) -> None:
        if self.raw.closed or self.raw.broken:
            self._connect()
        self.execute("BEGIN")
        self.execute(f"SELECT pg_advisory_xact_lock({_LOCK})")
        found = self.row("SELECT pg_current_xact_id()::text")
        self._transaction = found[0] if found else ""

    def commit(self) -> None:
        self.raw.execute("COMMIT")
        self._pipeline.sync()

    def rollback(self) -> None:
        with suppress(psycopg.Error):
            self._settle()
            self.raw.execute("ROLLBACK")
            self._pipeline.sync()

    def savepoint(self, name: str) -> None:
        self.execute(f"SAVEPOINT {name}")

    def release(self, name: str) -> None:
        self.execute(f"RELEASE {name}")
        self._pipeline.sync()

    def rollback_to(self, name: str) -> None:
        self._settle()
        self.execute(f"ROLLBACK TO {name}")
        self.execute(f"RELEASE {name}")
        self._pipeline.sync()

    def is_open(self) -> bool:
        self._settle()
        status = self.raw.info.transaction_status
        return status in (pq.TransactionStatus.INTRANS, pq.TransactionStatus.INERROR, pq.TransactionStatus.ACTIVE)

    def committed(self) -> bool:
        """https://www.postgresql.org/docs/15/functions-info.html#FUNCTIONS-INFO-SNAPSHOT (pg_xact_status)"""
        if not self._transaction:
            return False
        for _ in range(50):
            with suppress(psycopg.Error), psycopg.connect(self._url, autocommit=True) as asking:
                found = asking.execute("SELECT pg_xact_status(%s::xid8)", (self._transaction,)).fetchone()
                if found and found[0] != "in progress":
                    return bool(found[0] == "committed")
            time.sleep(0.1)
        return False

    def may_recover(self, error: BaseException) -> bool:
        return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)

    def close(self) -> None:
        self.raw.close()

    def _connect(self) -> None:
        self._transaction = ""
        self.raw = psycopg.connect(self._url, autocommit=True, cursor_factory=RawCursor)
        _prepare_well(self.raw)
        self.raw.execute("SET idle_in_transaction_session_timeout = '60s'")
        self._mode = self.raw.pipeline()
        self._pipeline = self._mode.__enter__()

    def _settle(self) -> None:
        """Read what is still on its way, so that the state of the transaction is known."""
        with suppress(psycopg.Error):
            self._pipeline.sync()


class Postgres:
    """A database of a server: its writer, and a pool of readers."""

    dialect: Dialect = "postgresql"

    def __init__(self, url: str) -> None:
        self._url = url
        self._pool: ConnectionPool[Raw] = ConnectionPool(
            url, min_size=1, max_size=_READERS, open=True, kwargs={"cursor_factory": RawCursor}, configure=_configure_reader
        )

    def writer(self) -> PostgresWriter:
        return PostgresWriter(self._url)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        with self._pool.connection() as raw:
            yield PostgresConnection(raw)

    def glancing(self) -> None:
        return None

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


def _configure_reader(raw: psycopg.Connection[Any]) -> None:
    raw.isolation_level = IsolationLevel.REPEATABLE_READ
    raw.read_only = True
    _prepare_well(raw)


def _prepare_well(raw: psycopg.Connection[Any]) -> None:
    """A statement is prepared at its second use, and whole numbers always have one type, so that it is prepared once."""
    raw.prepare_threshold = 1
    raw.prepared_max = 1000
    raw.adapters.register_dumper(int, Int8Dumper)
