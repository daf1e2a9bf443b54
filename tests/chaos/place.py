"""Where it happens: a database of each service, the broker, and one or more instances of the four services."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import psycopg

from shared.runtime.ports import free_row
from tests.broker import Broker
from tests.chaos.instance import SERVICES, Instance
from tests.chaos.server import ServerOnDisk

Database = Literal["sqlite", "postgresql"]

_START_SECONDS: Final = 120.0
_CLOCK_SECONDS: Final = 0.1


@dataclass
class Place:
    """`start`, then look and disturb, then `stop`. The broker is ours to kill, stop and rob.

    Instances share the databases, so that there can be several on PostgreSQL only.
    """

    folder: Path
    database: Database
    number: int = 1

    def __post_init__(self) -> None:
        self.broker = Broker(self.folder / "broker")
        self.broker.port = free_row(1)  # no outgoing connection takes it while the broker is away
        self.server = ServerOnDisk() if self.database == "postgresql" else None
        self.instances = [Instance(self.folder / f"instance-{number}") for number in range(self.number)]
        self._databases: Mapping[str, str] = {}
        self._over = threading.Event()

    def start(self) -> None:
        """Blocks until every service is ready and follows what it follows. Raises TimeoutError."""
        self.broker.start()
        if self.server:
            self.server.start()
            self._databases = {name: self.server.create() for name in SERVICES}
        threading.Thread(target=self._keep_clocks, daemon=True).start()
        for instance in self.instances:
            instance.start(self._environment())
        self._until_ready()

    def cut_power(self) -> None:
        """Everything dies at once but the databases' server, and is started again."""
        for instance in self.instances:
            instance.kill()
        self.broker.kill()
        for instance in self.instances:
            instance.start_again()
        self.broker.start()

    def stop(self) -> int:
        """Stop everything; the supervisors' worst exit code."""
        codes = [abs(instance.stop()) for instance in self.instances]
        self._over.set()
        with suppress(Exception):
            self.broker.stop()
        if self.server:
            self.server.stop()
        return max(codes)

    def rows(self, service: str, sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Look into a service's database, past the service. `?` for parameters."""
        if self.database == "sqlite":
            path = self.instances[0].database_file(service)
            with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=20)) as raw:
                return raw.execute(sql, params).fetchall()
        with psycopg.connect(self._databases[service]) as connection:
            return connection.execute(sql.replace("?", "%s"), params).fetchall()

    def unready(self) -> list[str]:
        return [name for instance in self.instances for name in SERVICES if not instance.readiness(name)]

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CARE_")}
        databases = {f"CARE_{name.upper()}_DATABASE_URL": url for name, url in self._databases.items()}
        settings = {
            "CARE_NATS_URL": self.broker.url,
            "CARE_LOG_LEVEL": "WARNING",
            "CARE_RETRY_DELAY": "0.1s",
            "CARE_RETRIES": "6",
        }
        return kept | databases | settings

    def _until_ready(self) -> None:
        last = time.monotonic() + _START_SECONDS
        for instance in self.instances:
            for name in SERVICES:
                while not _listens(instance.readiness(name)):
                    if time.monotonic() > last or instance.has_ended():
                        raise TimeoutError(f"{name} did not get ready:\n{instance.log()[-3000:]}")
                    time.sleep(0.1)

    def _keep_clocks(self) -> None:
        while not self._over.wait(_CLOCK_SECONDS):
            for instance in self.instances:
                with suppress(FileNotFoundError):
                    instance.set_clocks()


def _listens(ready: Mapping[str, Any]) -> bool:
    delivery = ready.get("delivery", {})
    following = delivery.get("following", {})
    return delivery.get("broker") == "connected" and bool(following) and set(following.values()) == {"live"}
