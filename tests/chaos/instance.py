"""One supervisor with the four services, on a data folder and ports of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import httpx

from services.directory import DIRECTORY
from shared.kernel.clock import system_now
from shared.runtime.ports import free_row
from tests.chaos.town import watched

ROOT: Final = Path(__file__).parents[2]
SERVICES: Final = tuple(DIRECTORY.owns)
_STOP_SECONDS: Final = 30.0


@dataclass
class Instance:
    """`start(environment)`, then whatever is to happen to it, then `stop`."""

    folder: Path
    ports: int = field(default_factory=lambda: free_row(len(SERVICES) + 1))
    offsets: dict[str, timedelta] = field(default_factory=lambda: dict.fromkeys(SERVICES, timedelta()))
    _environment: Mapping[str, str] = field(default_factory=dict)
    _supervisor: subprocess.Popen[bytes] | None = None

    def start(self, environment: Mapping[str, str]) -> None:
        """Begin to start; the settings of ports and folder are added."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._environment = environment
        self._supervisor = subprocess.Popen(
            (sys.executable, "-m", "shared.runtime.supervisor", "tests.chaos.town.directory"),
            cwd=ROOT,
            env={
                **environment,
                "CARE_PORT_BASE": str(self.ports),
                "CARE_MLLP_PORT": "off",
                "CARE_DATA_DIR": str(self.folder),
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        threading.Thread(target=self._write_log, args=(self._supervisor,), daemon=True).start()

    def kill(self) -> None:
        """Everything dies at once."""
        if self._supervisor:
            self._supervisor.kill()
            self._supervisor.wait()
        last = time.monotonic() + _STOP_SECONDS
        while any(self.pid(service) for service in SERVICES) and time.monotonic() < last:
            time.sleep(0.05)

    def start_again(self) -> None:
        self.start(self._environment)

    def stop(self) -> int:
        """The supervisor's exit code."""
        if self._supervisor is None:
            return 0
        self._supervisor.send_signal(signal.SIGTERM)
        try:
            return self._supervisor.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._supervisor.kill()
            return self._supervisor.wait()

    def url(self, service: str) -> str:
        return f"http://127.0.0.1:{self.ports + 1 + SERVICES.index(service)}"

    def readiness(self, service: str) -> dict[str, Any]:
        """What `/readyz` says; `{}` where nobody answers."""
        with suppress(httpx.HTTPError, ValueError):
            answer = httpx.get(f"{self.url(service)}/readyz", timeout=5)
            if answer.status_code == 200:
                found: dict[str, Any] = answer.json()
                return found
        return {}

    def has_ended(self) -> bool:
        return self._supervisor is not None and self._supervisor.poll() is not None

    def signal(self, service: str, number: signal.Signals) -> None:
        """Send a signal to a service's process, if it is there."""
        pid = self.pid(service)
        if pid is not None:
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def pid(self, service: str) -> int | None:
        """The process that the supervisor noted, made sure to be that service."""
        with suppress(OSError, ValueError):
            pid = int((self.folder / "run" / f"{service}.pid").read_text(encoding="utf-8"))
            if f"tests.chaos.town.{service}.app".encode() in Path(f"/proc/{pid}/cmdline").read_bytes():
                return pid
        return None

    def database_file(self, service: str) -> Path:
        return self.folder / f"{service}.db"

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

    def set_clocks(self) -> None:
        for name, offset in self.offsets.items():
            file = watched.clock(self.folder, name)
            beside = file.with_suffix(".new")
            beside.write_text((system_now() + offset).isoformat(), encoding="utf-8")
            beside.replace(file)

    def log(self) -> str:
        return (self.folder / "stack.log").read_text(encoding="utf-8", errors="replace")

    def _write_log(self, supervisor: subprocess.Popen[bytes]) -> None:
        """Through a pipe, so that a service whose files may not grow can still say so."""
        assert supervisor.stdout
        with (self.folder / "stack.log").open("ab", buffering=0) as log:
            for line in supervisor.stdout:
                log.write(line)
