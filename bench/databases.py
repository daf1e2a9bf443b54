"""Fresh databases of the kinds that are measured."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

from tests.postgres import Server, binaries


class Databases:
    """Opened by `with`; a server of PostgreSQL is started when it is first needed, and waits for the disk as in production."""

    def __init__(self) -> None:
        self._server: Server | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        if self._server:
            self._server.stop()

    def fresh(self, database: str, folder: Path, name: str) -> str:
        """The address of an empty one; a file of SQLite goes to the folder."""
        if database == "sqlite":
            folder.mkdir(parents=True, exist_ok=True)
            return f"sqlite:///{folder.absolute() / name}.db"
        if self._server is None:
            server = Server(durable=True)
            server.start()
            self._server = server
        return self._server.create()


def can_be_measured(database: str) -> bool:
    return database == "sqlite" or binaries() is not None
