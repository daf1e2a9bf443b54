"""A real PostgreSQL for the tests: Debian's binaries, a temporary folder, a unix socket, gone when the tests are."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg

_SERVER = ("-c", "listen_addresses=", "-c", "max_connections=200", "-c", "shared_buffers=128MB")


def binaries() -> Path | None:
    """The folder of the newest server installed; None where there is none."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    on_path = shutil.which("initdb")
    newest = max(found, key=lambda folder: int(re.sub(r"\D", "", folder.parent.name) or 0), default=None)
    return newest or (Path(on_path).parent if on_path else None)


class Server:
    """PostgreSQL refuses to run as root: then everything is done as its own user, in a folder of that user.

    Without `durable` it doesn't wait for the disk, which no test but a measurement needs.
    """

    _layout: tuple[str, ...] = ()
    """Arguments of initdb."""

    def __init__(self, *, durable: bool = False) -> None:
        self._settings = _SERVER if durable else (*_SERVER, "-c", "fsync=off")
        self._bin = binaries()
        self._folder = Path(tempfile.mkdtemp(prefix="careloom-postgres-"))
        self._as: dict[str, Any] = {}
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(self._folder, user.pw_uid, user.pw_gid)
            self._as = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        self._count = 0

    def start(self) -> None:
        data = str(self._folder / "data")
        self._run("initdb", "-D", data, "-U", "care", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", *self._layout)
        options = " ".join((*self._settings, "-k", str(self._folder)))
        self._run("pg_ctl", "-D", data, "-o", options, "-l", str(self._folder / "log"), "-w", "start")

    def stop(self) -> None:
        self.halt()
        self._forget()

    def halt(self) -> None:
        """It crashes and stays away, until `restart`."""
        self._run("pg_ctl", "-D", str(self._folder / "data"), "-m", "immediate", "-w", "stop")

    def restart(self, how: str) -> None:
        """`fast` ends every connection, `immediate` is a crash that is recovered from. One that is away is started."""
        self._run("pg_ctl", "-D", str(self._folder / "data"), "-m", how, "-w", "-l", str(self._folder / "log"), "restart")

    def url(self, database: str) -> str:
        return f"postgresql://care@/{database}?host={self._folder}"

    def create(self, template: str = "template1") -> str:
        """The address of a fresh database."""
        self._count += 1
        name = f"care_{self._count}"
        self.administer(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)

    def drop(self, url: str) -> None:
        name = urlsplit(url).path[1:]
        self.administer(f"DROP DATABASE {name} WITH (FORCE)")

    def administer(self, statement: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)

    def _forget(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    def _run(self, command: str, *arguments: str) -> None:
        assert self._bin, "PostgreSQL's server is not installed"
        line = [str(self._bin / command), *arguments]
        done = subprocess.run(line, cwd=self._folder, capture_output=True, text=True, check=False, **self._as)
        assert done.returncode == 0, done.stdout + done.stderr
