"""The connection that writes to PostgreSQL, by psycopg's pipeline mode.

https://www.postgresql.org/docs/15/libpq-pipeline-mode.html, https://www.psycopg.org/psycopg3/docs/advanced/pipeline.html
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

import psycopg
from psycopg import RawCursor

from shared.kernel.ids import new_id
from shared.store.connection import Dialect, Params, Row, Unknown
from shared.store.sessions import PLANNING, prepare_well
from shared.store.statements import in_chunks, numbered

_LOCK = 0x0CA5E101
"""A number of our own for pg_advisory_xact_lock: who holds it writes. One store is one database."""

_NOTE = """INSERT INTO last_commit (writer, number, at) VALUES (?, ?, (extract(epoch FROM now()) * 1000000)::bigint)
ON CONFLICT (writer) DO UPDATE SET number = excluded.number, at = excluded.at"""
_FORGET = "DELETE FROM last_commit WHERE at < (extract(epoch FROM now() - interval '7 days') * 1000000)::bigint"

_WAITS = "SET lock_timeout = '1s'"

_CUT_OFF = ("08", "57")
"""Classes of errors with which the server ends a session: https://www.postgresql.org/docs/15/errcodes-appendix.html"""
_ENDS = ("FATAL", "PANIC")
"""So does an error of any class that is as severe as this, like a log that finds no room on the disk."""


class PostgresWriter:
    """In pipeline mode all the time: statements are queued, only reads and commits wait, so a group costs few round trips.

    A queued statement that fails is noticed later, so its error can't be told to be the unit's that notices it. Then the
    transaction is not sound any more, and the writer runs the units again one by one, where it is clear whose it is.
    """

    dialect: Dialect = "postgresql"
    raw: psycopg.Connection[Row]
    asks = 300
    """How often, a tenth of a second apart, it is asked what became of a transaction."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._name, self._number, self._undone = new_id(), 0, 0
        self.written = 0
        self._connect()
        self.raw.execute(_FORGET)
        self._pipeline.sync()

    def execute(self, sql: str, params: Params = ()) -> None:
        self.written += 1
        with self._watched():
            self._cursor.execute(numbered(sql), params)

    def many(self, sql: str, rows: Sequence[Params]) -> None:
        for text, params in in_chunks(sql, rows):
            self.execute(text, params)

    def rows(self, sql: str, params: Params = ()) -> list[Row]:
        self.written += "RETURNING" in sql
        with self._watched():
            return self.raw.execute(numbered(sql), params).fetchall()

    def row(self, sql: str, params: Params = ()) -> Row | None:
        self.written += "RETURNING" in sql
        with self._watched():
            return self.raw.execute(numbered(sql), params).fetchone()

    def only(self, sql: str, params: Params = ()) -> list[Row]:
        return self.rows(sql, params)

    def begin(self) -> None:
        if self.raw.closed or self.raw.broken:
            self._connect()
        self._failed = self._cut_off = False
        self.execute("BEGIN")
        self.execute(f"SELECT pg_advisory_xact_lock({_LOCK})")
        self._number += 1
        self.execute(_NOTE, (self._name, self._number))

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
            self._undo("ROLLBACK")

    def savepoint(self, name: str) -> None:
        self.execute(f"SAVEPOINT {name}")

    def release(self, name: str) -> None:
        self.execute(f"RELEASE {name}")

    def rollback_to(self, name: str) -> None:
        if self._failed:
            self._failed = False
            with self._watched():
                self._undo(f"ROLLBACK TO {name}")
        else:
            self.execute(f"ROLLBACK TO {name}")
        self.execute(f"RELEASE {name}")

    def settle(self) -> None:
        with self._watched():
            self._pipeline.sync()

    def is_sound(self) -> bool:
        return not (self._failed or self.raw.closed or self.raw.broken)

    def committed(self) -> bool:
        """Only where the connection was lost it is not known; then another one looks for what the transaction noted.

        (`pg_xact_status` can't be asked: what a crash undid leaves its number to the next transaction.) Raises Unknown where the
        server stays away.
        """
        if not (self._cut_off or self.raw.closed or self.raw.broken):
            return False
        self.raw.close()
        for _ in range(self.asks):
            with suppress(psycopg.OperationalError):
                return self._noted()
            time.sleep(0.1)
        raise Unknown("the server was lost while it committed, and stays away")

    def _noted(self) -> bool:
        """The lock is free as soon as the server has ended the lost transaction, one way or the other."""
        with psycopg.connect(self._url, autocommit=True) as asking:
            asking.execute(_WAITS)
            asking.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
            found = asking.execute("SELECT number FROM last_commit WHERE writer = %s", (self._name,)).fetchone()
        return found is not None and found[0] == self._number

    def may_recover(self, error: BaseException) -> bool:
        return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError) and (self.raw.closed or self.raw.broken)

    def is_trouble(self, error: BaseException) -> bool:
        return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)

    def close(self) -> None:
        with suppress(psycopg.Error):
            self._mode.__exit__(None, None, None)
        self.raw.close()

    def _connect(self) -> None:
        self._failed = self._cut_off = False
        self.raw = psycopg.connect(self._url, autocommit=True, cursor_factory=RawCursor, options=PLANNING)
        prepare_well(self.raw)
        self.raw.execute("SET idle_in_transaction_session_timeout = '60s'")
        self._mode = self.raw.pipeline()
        self._pipeline = self._mode.__enter__()
        self._cursor = self.raw.cursor()

    @contextmanager
    def _watched(self) -> Iterator[None]:
        try:
            yield
        except psycopg.Error as error:
            self._failed = True
            self._cut_off = (error.sqlstate or "").startswith(_CUT_OFF) or error.diag.severity_nonlocalized in _ENDS
            raise

    def _undo(self, sql: str) -> None:
        """Roll back, and forget which statements are prepared: psycopg takes those for prepared too that the server passed over
        because one before them had failed. It forgets them at a ROLLBACK whose text it has not seen before.
        """
        self._undone += 1
        self.raw.execute(f"{sql} -- {self._undone}", prepare=False)
        self._pipeline.sync()

    def _drain(self) -> None:
        """Read what is still on its way, whatever became of it."""
        with suppress(psycopg.Error):
            self._pipeline.sync()
