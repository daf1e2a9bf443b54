"""A real broker for tests: the nats-server of the wheel on a free loopback port, its files in a folder of the test's."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

_START_SECONDS = 10.0
_CONFIGURATION = Path(__file__).parents[1] / "deploy" / "local" / "nats.conf"


class Broker:
    """Killed, paused and started again it keeps its port, and its files unless `forget` removes them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self.port = _free_port()

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    def start(self) -> None:
        binary = Path(sys.executable).parent / "nats-server"
        command = (
            str(binary),
            "-c",
            str(_CONFIGURATION),
            "-a",
            "127.0.0.1",
            "-p",
            str(self.port),
            "-js",
            "-sd",
            str(self._folder),
        )
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _wait_for(self.port)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def pause(self) -> None:
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def forget(self) -> None:
        """Lose everything that the stopped broker had stored."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def save(self, to: Path) -> None:
        """Copy the stopped broker's files, to be put back later: a disk that lost its latest writes."""
        shutil.copytree(self._folder, to)

    def put_back(self, saved: Path) -> None:
        self.forget()
        shutil.copytree(saved, self._folder)

    def _end(self, how: signal.Signals) -> None:
        if self._process:
            self._process.send_signal(how)
            self._process.wait(10)
            self._process = None

    def _signal(self, which: signal.Signals) -> None:
        if self._process:
            self._process.send_signal(which)


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


def _wait_for(port: int) -> None:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until:
        with socket.socket() as trying:
            if trying.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise TimeoutError(f"no broker on port {port}")
