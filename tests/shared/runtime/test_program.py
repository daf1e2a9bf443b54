"""One program that is kept running."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from shared.runtime.program import LONGEST_PAUSE, Program


def program(command: tuple[str, ...], folder: Path, said: list[str]) -> Program:
    return Program("east", command, folder / "east.pid", said.append)


async def heard(said: list[str], times: int) -> None:
    for _ in range(500):
        if len(said) >= times:
            return
        await asyncio.sleep(0.02)
    raise AssertionError(said)


async def test_who_dies_is_started_again_after_growing_pauses_under_two_seconds(tmp_path: Path) -> None:
    said: list[str] = []
    dying = program((sys.executable, "-S", "-c", "raise SystemExit(3)"), tmp_path, said)

    dying.start()
    await heard(said, 3)
    await dying.stop(5)

    assert said[:3] == [f"east ended (exit 3); started again in {pause} s" for pause in ("0.2", "0.4", "0.8")]
    assert LONGEST_PAUSE < 2


async def test_who_cannot_be_started_is_tried_again(tmp_path: Path) -> None:
    said: list[str] = []
    absent = program((str(tmp_path / "nothing"),), tmp_path, said)

    absent.start()
    await heard(said, 2)
    await absent.stop(5)

    assert "No such file" in said[0]


async def test_who_does_not_stop_is_killed(tmp_path: Path) -> None:
    said: list[str] = []
    ready = tmp_path / "ready"
    deaf = (
        f"import signal, time, pathlib; signal.signal(15, signal.SIG_IGN); pathlib.Path({str(ready)!r}).touch(); time.sleep(60)"
    )
    stubborn = program((sys.executable, "-S", "-c", deaf), tmp_path, said)
    stubborn.start()
    while not ready.exists():  # noqa: ASYNC110 - another process makes it
        await asyncio.sleep(0.02)

    await stubborn.stop(0.3)

    assert said == ["east did not stop in time and is killed"]
    assert not (tmp_path / "east.pid").exists()
