"""Where it happens: a folder, free ports, a database of each service, the broker, the supervisor with the four services."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, Literal

import httpx
import psycopg

from services.directory import DIRECTORY
from shared.kernel.clock import system_now
from shared.runtime.ports import free_row
from tests.broker import Broker
from tests.chaos.town import watched
from tests.postgres import Server

Database = Literal["sqlite", "postgresql"]

ROOT = Path(__file__).parents[2]
SERVICES = tuple(DIRECTORY.owns)
START_SECONDS, STOP_SECONDS = 90.0, 30.0
_CLOCK_SECONDS = 0.1


@dataclass
class Place:
    """`start`, then `url`, `rows`, `pid` and so on, then `stop`. The broker is ours to kill, stop and rob."""

    folder: Path
    database: Database
    ports: int = field(default_factory=lambda: free_row(len(SERVICES) + 1))
    offsets: dict[str, timedelta] = field(default_factory=lambda: dict.fromkeys(SERVICES, timedelta()))
    _supervisor: subprocess.Popen[bytes] | None = None
    _threads: list[threading.Thread] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.broker = Broker(self.folder / "broker")
        self.server = Server() if self.database == "postgresql" else None
        self._databases: Mapping[str, str] = {}

    def start(self) -> None:
        """Blocks until every service is ready and follows what it follows. Raises TimeoutError."""
        self.broker.start()
        if self.server:
            self.server.start()
            self._databases = {name: self.server.create() for name in SERVICES}
        self._in_background(self._keep_clocks)
        self._supervise()
        self._until_ready()

    def cut_power(self) -> None:
        """Everything dies at once but the databases' server, and is started again."""
        if self._supervisor:
            self._supervisor.kill()
            self._supervisor.wait()
        self.broker.kill()
        last = time.monotonic() + STOP_SECONDS
        while any(self.pid(service) for service in SERVICES) and time.monotonic() < last:
            time.sleep(0.05)
        self.broker.start()
        self._supervise()

    def stop(self) -> int:
        """Stop everything; the supervisor's exit code."""
        code = 0
        if self._supervisor:
            self._supervisor.send_signal(signal.SIGTERM)
            try:
                code = self._supervisor.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._supervisor.kill()
                code = self._supervisor.wait()
        self._over.set()
        for thread in self._threads:
            thread.join(5)
        with suppress(Exception):
            self.broker.stop()
        if self.server:
            self.server.stop()
        return code

    def url(self, service: str) -> str:
        return f"http://127.0.0.1:{self.ports + 1 + SERVICES.index(service)}"

    def signal(self, service: str, number: signal.Signals) -> bool:
        """Send a signal to a service's process, made sure to be that; whether it was there."""
        pid = self.pid(service)
        if pid is None:
            return False
        with suppress(ProcessLookupError):
            os.kill(pid, number)
            return True
        return False

    def pid(self, service: str) -> int | None:
        with suppress(OSError, ValueError):
            pid = int((self.folder / "run" / f"{service}.pid").read_text(encoding="utf-8"))
            if f"tests.chaos.town.{service}.app".encode() in Path(f"/proc/{pid}/cmdline").read_bytes():
                return pid
        return None

    def log_size(self, service: str) -> int:
        """Of SQLite's write-ahead log, in bytes."""
        ahead = self.folder / f"{service}.db-wal"
        return ahead.stat().st_size if ahead.exists() else 0

    def have_reactions_fail(self, service: str, times: int) -> None:
        """As often for each event, until this is called with 0."""
        told = watched.failing(self.folder, service)
        if times:
            told.write_text(str(times), encoding="utf-8")
        else:
            told.unlink(missing_ok=True)

    def rows(self, service: str, sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Look into a service's database, past the service. `?` for parameters."""
        if self.database == "sqlite":
            with closing(sqlite3.connect(f"file:{self.folder / service}.db?mode=ro", uri=True, timeout=20)) as raw:
                return raw.execute(sql, params).fetchall()
        with psycopg.connect(self._databases[service]) as connection:
            return connection.execute(sql.replace("?", "%s"), params).fetchall()

    def log(self) -> str:
        return (self.folder / "stack.log").read_text(encoding="utf-8", errors="replace")

    def readiness(self, service: str) -> dict[str, Any]:
        """What `/readyz` says; `{}` where nobody answers."""
        with suppress(httpx.HTTPError, ValueError):
            answer = httpx.get(f"{self.url(service)}/readyz", timeout=5)
            if answer.status_code == 200:
                found: dict[str, Any] = answer.json()
                return found
        return {}

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CARE_")}
        databases = {f"CARE_{name.upper()}_DATABASE_URL": url for name, url in self._databases.items()}
        return (
            kept
            | databases
            | {
                "CARE_PORT_BASE": str(self.ports),
                "CARE_NATS_URL": self.broker.url,
                "CARE_DATA_DIR": str(self.folder),
                "CARE_LOG_LEVEL": "WARNING",
                "CARE_RETRY_DELAY": "0.1s",
                "CARE_RETRIES": "6",
            }
        )

    def _supervise(self) -> None:
        self._supervisor = subprocess.Popen(
            (sys.executable, "-m", "shared.runtime.supervisor", "tests.chaos.town.directory"),
            cwd=ROOT,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self._in_background(partial(self._write_log, self._supervisor))

    def _until_ready(self) -> None:
        last = time.monotonic() + START_SECONDS
        for name in SERVICES:
            while not _listens(self.readiness(name)):
                if time.monotonic() > last or (self._supervisor and self._supervisor.poll() is not None):
                    raise TimeoutError(f"{name} did not get ready:\n{self.log()[-3000:]}")
                time.sleep(0.1)

    def _in_background(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        self._threads.append(thread)

    def _keep_clocks(self) -> None:
        while True:
            for name, offset in self.offsets.items():
                file = watched.clock(self.folder, name)
                beside = file.with_suffix(".new")
                beside.write_text((system_now() + offset).isoformat(), encoding="utf-8")
                beside.replace(file)
            if self._over.wait(_CLOCK_SECONDS):
                return

    def _write_log(self, supervisor: subprocess.Popen[bytes]) -> None:
        """Through a pipe, so that a service whose files may not grow can still say so."""
        assert supervisor.stdout
        with (self.folder / "stack.log").open("ab", buffering=0) as log:
            for line in supervisor.stdout:
                log.write(line)


def _listens(ready: Mapping[str, Any]) -> bool:
    delivery = ready.get("delivery", {})
    following = delivery.get("following", {})
    return delivery.get("broker") == "connected" and bool(following) and set(following.values()) == {"live"}
