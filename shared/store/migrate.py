"""Brings the tables of a database up to date when a service starts. A current database costs one small read."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg

from shared.store.database import is_postgresql, sqlite_path
from shared.store.migrations import HEAD

_REVISION = "SELECT version_num FROM alembic_version"


def migrate(url: str) -> None:
    """Safe beside other processes that start on the same database: one migrates, the others wait and find it done."""
    if revision(url) != HEAD:
        from shared.store.migrations.upgrade import upgrade  # noqa: PLC0415 (half a second that most starts don't need)

        upgrade(url)


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
    with psycopg.connect(url, autocommit=True) as connection:
        try:
            row = connection.execute(_REVISION).fetchone()
        except psycopg.errors.UndefinedTable:
            return None
    return str(row[0]) if row else None
