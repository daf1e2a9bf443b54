"""One program that is kept running: started, started again when it dies, stopped; its process id in a file."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

FIRST_PAUSE, LONGEST_PAUSE = 0.2, 1.5
SETTLED_SECONDS = 10.0
"""Who has run for so long is started again after the first pause."""

_PR_SET_PDEATHSIG = 1


@dataclass(slots=True)
class Program:
    """`command` in a process of its own, away from the terminal's signals, that never outlives this one."""

    name: str
    command: tuple[str, ...]
    pid_file: Path
    say: Callable[[str], None]
    _process: asyncio.subprocess.Process | None = None
    _keeping: asyncio.Task[None] | None = None
    _stopping: bool = field(default=False)

    def start(self) -> None:
        self._keeping = asyncio.create_task(self._keep())

    async def stop(self, seconds: float) -> None:
        """SIGTERM, and SIGKILL for what is still there after so many seconds."""
        self._stopping = True
        self._signal(signal.SIGTERM)
        if self._keeping and await _is_unfinished(self._keeping, seconds):
            self.say(f"{self.name} did not stop in time and is killed")
            self._signal(signal.SIGKILL)
            await self._keeping
        self.pid_file.unlink(missing_ok=True)

    async def _keep(self) -> None:
        pause = FIRST_PAUSE
        while not self._stopping:
            started = time.monotonic()
            try:
                how = _how(await self._run())
            except OSError as error:  # no memory, no process to be had: perhaps in a moment
                how = str(error)
            if self._stopping:
                return
            pause = FIRST_PAUSE if time.monotonic() - started > SETTLED_SECONDS else pause
            self.say(f"{self.name} ended ({how}); started again in {pause:.1f} s")
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _run(self) -> int:
        self._process = await asyncio.create_subprocess_exec(
            *self.command, stdin=asyncio.subprocess.DEVNULL, start_new_session=True, preexec_fn=dying_with(os.getpid())
        )
        self.pid_file.write_text(f"{self._process.pid}\n")
        if self._stopping:
            self._signal(signal.SIGTERM)
        return await self._process.wait()

    def _signal(self, number: signal.Signals) -> None:
        if self._process and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(number)


async def _is_unfinished(task: asyncio.Task[None], seconds: float) -> bool:
    return bool((await asyncio.wait({task}, timeout=seconds))[1])


def _how(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit {code}"


def dying_with(parent: int) -> Callable[[], None] | None:
    """What the new process does first: ask Linux to kill it with its parent, even one that is killed itself (prctl(2))."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def die_with_parent() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)

    return die_with_parent
