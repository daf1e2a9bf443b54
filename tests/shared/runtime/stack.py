"""A supervisor in a process of its own, with the town's services, on free ports and a temporary folder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import httpx

from shared.runtime.ports import free_row

SERVICES = ("east", "west")
PROGRAMS = ("broker", *SERVICES)


@dataclass
class Stack:
    """`supervisor` is the process; what it says goes to `<folder>/said`."""

    folder: Path
    port_base: int
    environment: dict[str, str]
    supervisor: subprocess.Popen[bytes]

    @classmethod
    def start(cls, folder: Path, **settings: str) -> Stack:
        first = free_row(4)
        ports = {"CARE_NATS_PORT": str(first), "CARE_PORT_BASE": str(first), "CARE_DATA_DIR": str(folder)}
        ports["CARE_MLLP_PORT"] = "off"
        environment = {name: value for name, value in os.environ.items() if not name.startswith("CARE_")} | ports | settings
        with (folder / "said").open("wb") as said:
            supervisor = subprocess.Popen(
                [sys.executable, "-m", "shared.runtime.supervisor", "tests.shared.runtime.town.directory"],
                env=environment,
                stdout=said,
                stderr=said,  # type: ignore[call-overload]
            )
        return cls(folder, first, environment, supervisor)

    def url(self, service: str) -> str:
        return f"http://127.0.0.1:{self.port_base + 1 + SERVICES.index(service)}"

    def said(self) -> str:
        return (self.folder / "said").read_text()

    def pid(self, name: str) -> int:
        return int((self.folder / "run" / f"{name}.pid").read_text())

    def is_ready(self, service: str) -> bool:
        with suppress(httpx.TransportError):
            return httpx.get(f"{self.url(service)}/readyz").status_code == 200
        return False

    def wait_until_ready(self) -> None:
        until(lambda: "is ready" in self.said() or self.supervisor.poll() is not None, 30)
        assert self.supervisor.poll() is None, self.said()

    def end(self) -> None:
        """Whatever the test did, nothing is left: with the supervisor everything dies."""
        self.supervisor.kill()
        self.supervisor.wait()

    def terminate(self, seconds: float) -> int:
        self.supervisor.send_signal(signal.SIGTERM)
        return self.supervisor.wait(seconds)


def until(holds: Callable[[], bool], seconds: float) -> float:
    """Wait until it holds and answer how long that took. Fails after so many seconds."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < seconds, f"not within {seconds} s"
        time.sleep(0.02)
    return time.monotonic() - began


def is_alive(pid: int) -> bool:
    """Whether the process runs; one that is dead and not yet waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
