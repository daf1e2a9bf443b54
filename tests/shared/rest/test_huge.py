"""However many send huge bodies at once, only two of them are dealt with: memory is for all."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

from shared.rest.answer import Answer
from shared.rest.http import HUGE, Door
from tests.properties.wire import Sent, ask


class Counting:
    """An interaction that takes its time, and sees how many of it there are at once."""

    name = "counting"

    def __init__(self) -> None:
        self.now = self.most = 0

    async def perform(self, _site: object, _request: object) -> Answer:
        self.now += 1
        self.most = max(self.most, self.now)
        for _ in range(10):
            await asyncio.sleep(0)
        self.now -= 1
        return Answer(204)


def a_door(interaction: Any) -> Door:
    site: Any = SimpleNamespace(settings=SimpleNamespace(max_body_bytes=2 * HUGE), tell=lambda *_: None)
    return Door(site, {("POST", ""): interaction})


async def test_huge_bodies_are_dealt_with_two_at_a_time() -> None:
    counting = Counting()
    huge = Sent("POST", "/fhir", body=(b" " * (HUGE + 1),))

    door = a_door(counting)

    answered = await asyncio.gather(*(ask(door, huge) for _ in range(10)))

    assert counting.most == 2
    assert {each.status for each in answered} == {204}


async def test_other_bodies_do_not_wait_for_each_other() -> None:
    counting = Counting()
    door = a_door(counting)

    await asyncio.gather(*(ask(door, Sent("POST", "/fhir", body=(b" " * 1_000,))) for _ in range(10)))

    assert counting.most == 10
