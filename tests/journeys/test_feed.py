"""A hospital's feed over real processes: nothing is lost and nothing doubled, and a client that nobody here wrote is served."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from deploy.demo.line import Line
from deploy.demo.stack import Stack
from deploy.demo.stage import Stage
from tests.services.intake.hl7v2.senders import START, a_message, framed

SENDERS, MESSAGES, KILLS = 4, 25, 5


@dataclass
class Killer:
    """Kills intake right after a message was sent, before it can be acknowledged: at random, so many times."""

    stack: Stack
    chance: random.Random
    left: int = KILLS
    killed: list[str] = field(default_factory=list)

    async def perhaps(self, control: str) -> None:
        if self.left and self.chance.random() < 0.1:
            self.left -= 1
            self.killed.append(control)
            await asyncio.sleep(self.chance.random() * 0.01)
            self.stack.kill("intake")


async def test_killed_between_receipt_and_acknowledgment_it_loses_and_doubles_nothing(own_stack: Stack) -> None:
    async with own_stack.stage() as stage:
        killer = Killer(own_stack, random.Random(7))

        await asyncio.gather(*(send_all(f"S{number}", own_stack.mllp_port, killer) for number in range(SENDERS)))

        assert len(killer.killed) == KILLS
        found = await journal(stage)
        sent = {f"S{sender}-{number}" for sender in range(SENDERS) for number in range(MESSAGES)}
        assert Counter(each["control"] for each in found) == Counter(sent)
        assert {each["state"] for each in found} == {"processed"}
        assert not [each["control"] for each in found if each["repeated_control_id"]]
        for number in range(SENDERS):
            [visit] = await stage.search(f"Encounter?identifier=V-S{number}")
            assert (visit["meta"]["versionId"], visit["status"]) == (str(MESSAGES), "in-progress")
        assert len(await stage.search("Patient?identifier=P1")) == 1


async def send_all(name: str, port: int, killer: Killer) -> None:
    """One visit that moves from bed to bed. What is not acknowledged is sent again, as senders do."""
    line = Line(port)
    for number in range(MESSAGES):
        control = f"{name}-{number}"
        message = moved(control, name, number)
        attempt = asyncio.create_task(line.send(message))
        await asyncio.sleep(0)
        await killer.perhaps(control)
        async with asyncio.timeout(60):
            while not await attempt:
                await asyncio.sleep(0.05)
                attempt = asyncio.create_task(line.send(message))


def moved(control: str, name: str, number: int) -> bytes:
    message = a_message(control, "ADT^A02" if number else "ADT^A01", visit=f"V-{name}")
    return message.replace(b"4E^12^A", b"4E^%d^A" % number).replace(b"20260511142000", b"202605111420%02d" % number)


async def journal(stage: Stage) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    address: str | None = "/admin/hl7v2"
    while address:
        page = await stage.admin("intake", address.removeprefix("/"))
        found += page["messages"]
        address = page["next"]
    return found


@pytest.mark.parametrize("loose", [True, False])
async def test_a_client_that_nobody_here_wrote_is_served(stack: Stack, tmp_path: Path, loose: bool) -> None:
    messages = [a_message(f"{loose}-{number}", visit=f"V-{loose}-{number}", sender="MLLP SEND|MERCY") for number in range(3)]
    file = tmp_path / "messages.hl7"
    file.write_bytes(b"\n".join(messages).replace(b"\r", b"\n") if loose else b"".join(map(framed, messages)))
    options = ["--port", str(stack.mllp_port), "--file", str(file), *(["--loose"] if loose else [])]
    async with stack.stage():
        said = await asyncio.to_thread(mllp_send, *options, "127.0.0.1")

    answers = [answer for answer in said.split(START) if answer.strip()]
    assert [f"MSA|AA|{loose}-{number}\r".encode() in answer for number, answer in enumerate(answers)] == [True] * 3


def mllp_send(*arguments: str) -> bytes:
    """The command of the package hl7: what it printed."""
    command = (Path(sys.executable).parent / "mllp_send", *arguments)
    return subprocess.run(command, capture_output=True, timeout=30, check=True).stdout
