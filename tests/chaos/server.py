"""PostgreSQL with its data on a disk of its own that may be full, where such a disk can be had."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from typing import Final

import psycopg

from tests.chaos.disk import Disk
from tests.postgres import Server

_UP_SECONDS: Final = 30.0


class ServerOnDisk(Server):
    """Its log is of small files, none of which is kept for later, so that the log finds no room as soon as anything else."""

    _layout = ("--wal-segsize=1",)

    def __init__(self) -> None:
        super().__init__()
        self._settings = (*self._settings, "-c", "wal_recycle=off", "-c", "min_wal_size=2MB")
        self._disk = Disk(self._folder / "data")
        self._cannot: OSError | None = None

    def start(self) -> None:
        folder = self._folder / "data"
        folder.mkdir()
        try:
            self._disk.mount(self._as.get("user", os.getuid()), self._as.get("group", os.getgid()))
        except OSError as error:
            self._cannot = error
            folder.rmdir()
        super().start()

    def stop(self) -> None:
        with suppress(AssertionError):  # it may have given up
            self.halt()
        if self._cannot is None:
            self._disk.unmount()
        self._forget()

    def fill_disk(self, room: int) -> None:
        """Leave so many bytes. Raises OSError where the data are on no disk of their own."""
        if self._cannot:
            raise self._cannot
        self._disk.fill(room)

    def free_disk(self) -> None:
        """Make room, and start the server again if it has given up. Blocks until it answers."""
        self._disk.free()
        last = time.monotonic() + _UP_SECONDS
        while not self._answers():
            assert time.monotonic() < last, "the server does not come back, and there is room"
            if not self._runs():
                self.restart("fast")
            time.sleep(0.1)

    def _answers(self) -> bool:
        with suppress(psycopg.OperationalError):
            self.administer("SELECT 1")
            return True
        return False

    def _runs(self) -> bool:
        try:
            self._run("pg_ctl", "-D", str(self._folder / "data"), "status")
        except AssertionError:
            return False
        return True
