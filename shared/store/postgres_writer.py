"""The connection that writes to PostgreSQL, by psycopg's pipeline mode.

https://www.postgresql.org/docs/15/libpq-pipeline-mode.html, https://www.psycopg.org/psycopg3/docs/advanced/pipeline.html
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

import psycopg
from psycopg import RawCursor

from shared.store.connection import Dialect, Params, Row
from shared.store.sessions import PLANNING, prepare_well
from shared.store.statements import in_chunks, numbered

_LOCK = 0x0CA5E101
"""A number of our own for pg_advisory_xact_lock: who holds it writes. One store is one database."""

_ASKED = 50
"""How often, a tenth of a second apart, it is asked what became of a transaction."""


class PostgresWriter:
    """In pipeline mode all the time: statements are queued, only reads and commits wait, so a group costs few round trips.

    A queued statement that fails is noticed later, so its error can't be told to be the unit's that notices it. Then the
    transaction is not sound any more, and the writer runs the units again one by one, where it is clear whose it is.
    """

    dialect: Dialect = "postgresql"
    raw: psycopg.Connection[Row]

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

    def only(self, sql: str, params: Params = ()) -> list[Row]:
        return self.rows(sql, params)

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
        self.raw = psycopg.connect(self._url, autocommit=True, cursor_factory=RawCursor, options=PLANNING)
        prepare_well(self.raw)
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
