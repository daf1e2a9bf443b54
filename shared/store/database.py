"""Which database an address names."""

from __future__ import annotations

from pathlib import Path

from shared.store.connection import Database
from shared.store.sqlite import SQLite


def sqlite_path(url: str) -> Path | None:
    """The file of `sqlite:///relative` or `sqlite:////absolute`, None for another kind of address."""
    return Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite:///") else None


def is_postgresql(url: str) -> bool:
    return url.startswith(("postgresql://", "postgres://"))


def database_of(url: str) -> Database:
    """Raises ValueError for an address of neither kind."""
    if path := sqlite_path(url):
        return SQLite(path)
    if is_postgresql(url):
        from shared.store.postgres import Postgres  # noqa: PLC0415 (11 MB that SQLite does not need)

        return Postgres(url)
    raise ValueError(f"{url!r} is neither sqlite:///<path> nor postgresql://<address>")
