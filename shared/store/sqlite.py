"""SQLite by Python's own driver: write-ahead log, every commit on disk, readers beside the one writer.

https://www.sqlite.org/wal.html, https://www.sqlite.org/pragma.html
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from queue import SimpleQueue

from shared.store.connection import AsksMore, Connection, Dialect, Params, Row

_READERS = 4
_STATEMENTS = 1024
_TROUBLE = ("SQLITE_BUSY", "SQLITE_FULL", "SQLITE_IOERR", "SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_NOMEM")
_LOG_PAGES = 16_000
"""Of 4 kB: then the log, up to 64 MB beside the database, is written back to it; with 4,000 a feed is a fifteenth slower."""
_PRAGMAS = (
    "PRAGMA busy_timeout = 30000",
    "PRAGMA synchronous = FULL",
    "PRAGMA temp_store = MEMORY",
    f"PRAGMA wal_autocheckpoint = {_LOG_PAGES}",
    "PRAGMA foreign_keys = ON",
)


_READER_KIB = 2 * 1024
_WRITER_KIB = 16 * 1024
"""Page caches; what is read beyond them comes from the system's. The file is not mapped: each connection's map counts as the
process's memory (1.35 GB with 100,000 plans), for a sixth more reads a second and nothing else."""


class SQLiteConnection:
    """A reader, and what a reader and the writer have in common."""

    dialect: Dialect = "sqlite"

    def __init__(self, path: Path, cache_kib: int = _READER_KIB) -> None:
        self.raw = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=_STATEMENTS)
        for pragma in _PRAGMAS:
            self.raw.execute(pragma)
        self.raw.execute(f"PRAGMA cache_size = -{cache_kib}")
        _write_ahead(self.raw)

    def execute(self, sql: str, params: Params = ()) -> None:
        self.raw.execute(sql, params)

    def many(self, sql: str, rows: Sequence[Params]) -> None:
        if rows:
            self.raw.executemany(sql, rows)

    def rows(self, sql: str, params: Params = ()) -> list[Row]:
        return self.raw.execute(sql, params).fetchall()

    def row(self, sql: str, params: Params = ()) -> Row | None:
        found: Row | None = self.raw.execute(sql, params).fetchone()
        return found

    def only(self, sql: str, params: Params = ()) -> list[Row]:
        return self.raw.execute(sql, params).fetchall()

    @contextmanager
    def at_one_moment(self) -> Iterator[Connection]:
        self.raw.execute("BEGIN")
        try:
            yield self
        finally:
            self.raw.execute("COMMIT")

    def close(self) -> None:
        self.raw.close()


def _write_ahead(raw: sqlite3.Connection, tries: int = 200) -> None:
    """The one thing that SQLite refuses at once, without waiting, where other processes open the same new file."""
    for left in range(tries, 0, -1):
        try:
            raw.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if left == 1:
                raise
            time.sleep(0.05)
        else:
            return


class _OneStatement(SQLiteConnection):
    """A reader's connection for a look of one statement, which needs no transaction to be of one moment."""

    def __init__(self, reader: SQLiteConnection) -> None:
        self.raw = reader.raw
        self._asked = False

    def rows(self, sql: str, params: Params = ()) -> list[Row]:
        self._ask()
        return super().rows(sql, params)

    def row(self, sql: str, params: Params = ()) -> Row | None:
        self._ask()
        return super().row(sql, params)

    def only(self, sql: str, params: Params = ()) -> list[Row]:
        self._ask()
        return super().only(sql, params)

    def _ask(self) -> None:
        if self._asked:
            raise AsksMore
        self._asked = True


class SQLiteWriter(SQLiteConnection):
    @property
    def written(self) -> int:
        return self.raw.total_changes

    def begin(self) -> None:
        self.raw.execute("BEGIN IMMEDIATE")

    def commit(self) -> None:
        self.raw.execute("COMMIT")

    def rollback(self) -> None:
        with suppress(sqlite3.Error):
            self.raw.rollback()

    def savepoint(self, name: str) -> None:
        self.raw.execute(f"SAVEPOINT {name}")

    def release(self, name: str) -> None:
        self.raw.execute(f"RELEASE {name}")

    def rollback_to(self, name: str) -> None:
        self.raw.execute(f"ROLLBACK TO {name}")
        self.raw.execute(f"RELEASE {name}")

    def settle(self) -> None:
        """Nothing is ever queued."""

    def is_sound(self) -> bool:
        return self.raw.in_transaction

    def committed(self) -> bool:
        return False

    def may_recover(self, error: BaseException) -> bool:  # noqa: ARG002 (busy_timeout has been patient already)
        return False

    def is_trouble(self, error: BaseException) -> bool:
        return isinstance(error, sqlite3.OperationalError) and error.sqlite_errorname.startswith(_TROUBLE)


class SQLite:
    """The embedded database: a file, its writer and a few readers."""

    dialect: Dialect = "sqlite"

    def __init__(self, path: Path) -> None:
        self._path = path
        self._glancing = SQLiteConnection(path)
        self._readers = [SQLiteConnection(path) for _ in range(_READERS)]
        self._free: SimpleQueue[SQLiteConnection] = SimpleQueue()
        for reader in self._readers:
            self._free.put(reader)

    def writer(self) -> SQLiteWriter:
        return SQLiteWriter(self._path, _WRITER_KIB)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        reader = self._free.get()
        try:
            with reader.at_one_moment():
                yield reader
        finally:
            self._free.put(reader)

    def reading_all(self) -> AbstractContextManager[Connection]:
        return self.reading()

    def asking(self) -> None:
        return None

    def glimpsing(self) -> Connection:
        return _OneStatement(self._glancing)

    def glancing(self) -> AbstractContextManager[Connection]:
        return self._glancing.at_one_moment()

    def lost(self, error: Exception) -> bool:  # noqa: ARG002 (a file stays)
        return False

    def close(self) -> None:
        for reader in (self._glancing, *self._readers):
            reader.close()
