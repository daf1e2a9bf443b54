"""A broker and some of the services, each in a process of its own, on a folder and ports that nobody else has."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from services.directory import DIRECTORY
from shared.kernel.settings import Settings
from shared.runtime import broker
from shared.runtime.ports import free_row
from shared.runtime.probe import is_ready

ROOT = Path(__file__).parents[1]
NAMES = tuple(DIRECTORY.owns)

_START_SECONDS, _STOP_SECONDS = 60.0, 20.0
_POLL_SECONDS = 0.005


class Running:
    """A process, stopped at the latest with the stack."""

    def __init__(self, command: tuple[str, ...], environment: Mapping[str, str], log: Path) -> None:
        with log.open("ab") as to:
            self._process = subprocess.Popen(
                command, cwd=ROOT, env=dict(environment), stdin=subprocess.DEVNULL, stdout=to, stderr=to
            )
        self._log = log

    def memory(self, kind: str) -> float:
        """MB in use now (Linux): `VmRSS` with mapped files, each time they are mapped, `RssAnon` what is its own."""
        status = Path(f"/proc/{self._process.pid}/status").read_text(encoding="ascii")
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith(f"{kind}:")) * 1024 / 1e6

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def wait_until(self, port: int, *, ready: bool) -> None:
        """Until it listens, or is `ready` as services say it. Raises RuntimeError with what it said if it ends or never does."""
        until = time.monotonic() + _START_SECONDS
        while not (is_ready(port) if ready else _listens(port)):
            if self._process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"it did not start:\n{self._log.read_text(encoding='utf-8', errors='replace')[-2000:]}")
            time.sleep(_POLL_SECONDS)


class Stack:
    """`urls`: the databases of services by name; by default SQLite in the folder. Opened by `with`: then the broker runs."""

    def __init__(self, folder: Path, urls: Mapping[str, str] | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._ports = free_row(len(NAMES) + 3)
        self._settings = Settings(data_dir=folder, nats_port=self._ports + len(NAMES) + 1, mllp_port=self.mllp_port)
        self.urls = {name: f"sqlite:///{folder.absolute() / name}.db" for name in NAMES} | dict(urls or {})
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CARE_")}
        self._environment = kept | {
            "CARE_PORT_BASE": str(self._ports),
            "CARE_NATS_PORT": str(self._settings.nats_port),
            "CARE_MLLP_PORT": str(self._settings.mllp_port),
            "CARE_DATA_DIR": str(folder),
            "CARE_LOG_LEVEL": "WARNING",
            **{f"CARE_{name.upper()}_DATABASE_URL": url for name, url in self.urls.items()},
        }
        self._running: dict[str, Running] = {}

    def __enter__(self) -> Self:
        self.start_broker()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        for name in reversed(list(self._running)):
            self.stop(name)

    def port(self, service: str) -> int:
        return self._ports + 1 + NAMES.index(service)

    @property
    def mllp_port(self) -> int:
        """Where intake takes messages."""
        return self._ports + len(NAMES) + 2

    def start(self, service: str) -> float:
        """Answers the seconds until it was ready."""
        began = time.perf_counter()
        self.launch(service).wait_until(self.port(service), ready=True)
        return time.perf_counter() - began

    def launch(self, service: str) -> Running:
        """Start it and wait for nothing."""
        return self._run(service, (sys.executable, "-m", "shared.runtime.serve", f"services.{service}.app"))

    def start_broker(self) -> None:
        """Also after it was stopped: on the same port, with what it had."""
        self._run("broker", broker.command(self._settings)).wait_until(self._settings.nats_port, ready=False)

    def start_bare(self) -> int:
        """The bare door, on the port that is answered."""
        self._run("bare", (sys.executable, "-m", "bench.bare", str(self._ports))).wait_until(self._ports, ready=False)
        return self._ports

    def start_bare_line(self) -> int:
        """The bare line, on the port that is answered."""
        self._run("bare line", (sys.executable, "-m", "bench.bare_line", str(self._ports))).wait_until(self._ports, ready=False)
        return self._ports

    def stop(self, name: str) -> None:
        self._running.pop(name).stop()

    def memory(self, service: str) -> tuple[float, dict[str, float]]:
        """MB resident, and of that what no file stands behind."""
        running = self._running[service]
        return running.memory("VmRSS"), {"own MB": running.memory("RssAnon")}

    def _run(self, name: str, command: tuple[str, ...]) -> Running:
        self._running[name] = Running(command, self._environment, self._folder / f"{name}.log")
        return self._running[name]


def _listens(port: int) -> bool:
    with socket.socket() as trying:
        return trying.connect_ex(("127.0.0.1", port)) == 0
