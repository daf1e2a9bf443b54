"""The broker and the four services as processes of their own, on a folder and ports that no other stack has."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import IO

import httpx

from services.directory import DIRECTORY
from shared.runtime.ports import free_row
from shared.runtime.program import dying_with

from .line import Line
from .stage import Stage

ROOT = Path(__file__).parents[2]
SERVICES = tuple(DIRECTORY.owns)
START_SECONDS, STOP_SECONDS = 60.0, 20.0
_POLL_SECONDS = 0.05


@dataclass(slots=True)
class Stack:
    """`folder` holds databases, the broker's files, the clock and `stack.log`; started on it again, the stack goes on."""

    folder: Path
    ports: int = field(default_factory=lambda: free_row(len(SERVICES) + 3))
    _process: subprocess.Popen[bytes] | None = None
    _log: IO[bytes] | None = None

    @property
    def clock(self) -> Path:
        return self.folder / "clock"

    @property
    def mllp_port(self) -> int:
        return self.ports + len(SERVICES) + 2

    @property
    def log_file(self) -> Path:
        return self.folder / "stack.log"

    def start(self) -> None:
        """The ports: services behind the first, then the broker, then HL7 v2."""
        self.folder.mkdir(parents=True, exist_ok=True)
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CARE_")}
        settings = {
            "CARE_PORT_BASE": str(self.ports),
            "CARE_NATS_PORT": str(self.ports + len(SERVICES) + 1),
            "CARE_MLLP_PORT": str(self.mllp_port),
            "CARE_DATA_DIR": str(self.folder),
            "CARE_CLOCK": f"file:{self.clock}",
            "CARE_LOG_LEVEL": "WARNING",
            "CARE_RETRY_DELAY": "0.5s",
        }
        self._log = self.log_file.open("ab")
        self._process = subprocess.Popen(
            (sys.executable, "-m", "shared.runtime.supervisor", "services.directory"),
            cwd=ROOT,
            env=kept | settings,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            preexec_fn=dying_with(os.getpid()),  # noqa: PLW1509 - it takes no lock
        )

    def stop(self) -> None:
        """Raises AssertionError if it did not end well."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        code = self._process.wait(STOP_SECONDS)
        self._process = None
        if self._log:
            self._log.close()
        if code:
            raise AssertionError(f"the stack ended with {code}; see {self.log_file}")

    def kill(self, name: str) -> None:
        """SIGKILL for one of its processes: a service, or `broker`."""
        os.kill(int((self.folder / "run" / f"{name}.pid").read_text(encoding="utf-8")), signal.SIGKILL)

    def log(self) -> str:
        return self.log_file.read_text(encoding="utf-8", errors="replace")

    @asynccontextmanager
    async def stage(self) -> AsyncIterator[Stage]:
        """The doors, once every service is ready, listens and has its copies."""
        async with AsyncExitStack() as opened:
            clients = {
                name: await opened.enter_async_context(httpx.AsyncClient(base_url=f"{self._root(name)}/fhir/", timeout=20))
                for name in SERVICES
            }
            await self._until_it_listens()
            yield Stage(clients, self.clock, Line(self.mllp_port))

    async def _until_it_listens(self) -> None:
        last = monotonic() + START_SECONDS
        async with httpx.AsyncClient(timeout=5) as client:
            for name in SERVICES:
                while not await _listens(client, f"{self._root(name)}/readyz"):
                    if monotonic() > last or (self._process and self._process.poll() is not None):
                        raise TimeoutError(f"{name} did not get ready:\n{self.log()[-2000:]}")
                    await asyncio.sleep(_POLL_SECONDS)

    def _root(self, name: str) -> str:
        return f"http://127.0.0.1:{self.ports + 1 + SERVICES.index(name)}"


async def _listens(client: httpx.AsyncClient, address: str) -> bool:
    try:
        answer = await client.get(address)
    except httpx.TransportError:
        return False
    if answer.status_code != 200:
        return False
    delivery = answer.json().get("delivery", {})
    following = delivery.get("following", {})
    return delivery.get("broker") == "connected" and bool(following) and set(following.values()) == {"live"}
