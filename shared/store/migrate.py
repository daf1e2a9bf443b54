"""Brings the tables of a database up to date when a service starts. A current database costs one small read."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from shared.store.database import is_postgresql, sqlite_path
from shared.store.migrations import HEAD

_REVISION = "SELECT version_num FROM alembic_version"


def migrate(url: str) -> None:
    """Safe beside other processes that start on the same database: one migrates, the others wait and find it done."""
    if revision(url) != HEAD:
        from shared.store.migrations.upgrade import upgrade  # noqa: PLC0415 (half a second that most starts don't need)

        upgrade(url)


@contextmanager
def migrating(url: str) -> Iterator[None]:
    """Migrate in a process of its own, beside what is done meanwhile: Alembic's 25 MB are gone when it is.

    What goes wrong there is left to `migrate`, which tries again and says so.
    """
    if _is_current(url):
        yield
        return
    command = (sys.executable, "-m", "shared.store.migrations")
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL) as child:  # noqa: S603 (our own)
        assert child.stdin is not None
        child.stdin.write(url.encode())
        child.stdin.close()
        yield


def _is_current(url: str) -> bool:
    try:
        return revision(url) == HEAD
    except Exception:  # noqa: BLE001 (a server that is away: `migrate` will say so)
        return True


def revision(url: str) -> str | None:
    """The migration that the database is at, None for an empty one."""
    path = sqlite_path(url)
    if path is not None:
        return _revision_of_file(path)
    return _revision_of_server(url) if is_postgresql(url) else None


def _revision_of_file(path: Path) -> str | None:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        return None
    with closing(sqlite3.connect(path, timeout=30)) as connection:
        try:
            row = connection.execute(_REVISION).fetchone()
        except sqlite3.OperationalError:
            return None
    return str(row[0]) if row else None


def _revision_of_server(url: str) -> str | None:
    import psycopg  # noqa: PLC0415 (11 MB that SQLite does not need)

    with psycopg.connect(url, autocommit=True) as connection:
        try:
            row = connection.execute(_REVISION).fetchone()
        except psycopg.errors.UndefinedTable:
            return None
    return str(row[0]) if row else None
