"""River's case over real processes and a real broker, undisturbed, killed, and stopped in the middle."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import pytest

from deploy.demo.ending import wrong_with
from deploy.demo.river import River
from deploy.demo.stack import SERVICES, Stack


@dataclass
class Told:
    """The timeline, and what is done when a sentence that begins with certain words is told."""

    stack: Stack
    victim: str = ""
    cues: tuple[str, ...] = ()
    lines: list[str] = field(default_factory=list)
    kills: int = 0

    def __call__(self, moment: datetime, who: str, what: str) -> None:
        self.lines.append(f"{moment:%m-%d %H:%M} {who}: {what}")
        if what.startswith(self.cues) and self.cues:
            self.stack.kill(self.victim)
            self.kills += 1


async def test_the_case_ends_as_it_should(stack: Stack) -> None:
    told = Told(stack)
    async with stack.stage() as stage:
        river = River(stage, told)

        await river.play()

        assert wrong_with(await river.end_state()) == [], "\n".join(told.lines)


@pytest.mark.parametrize("victim", [*SERVICES, "broker"])
async def test_a_process_that_is_killed_in_the_middle_changes_nothing(own_stack: Stack, victim: str) -> None:
    told = Told(own_stack, victim, ("case opened", "Neuropsychology 2 took place"))
    async with own_stack.stage() as stage:
        river = River(stage, told)

        await river.play()

        assert wrong_with(await river.end_state()) == [], "\n".join(told.lines)
    assert told.kills == 2


async def test_a_second_start_on_the_same_folder_goes_on_where_it_was(own_stack: Stack) -> None:
    told = Told(own_stack)
    async with own_stack.stage() as stage:
        for step in River(stage, told).steps[:7]:
            await step()
    own_stack.stop()
    own_stack.start()

    async with own_stack.stage() as stage:
        river = River(stage, told)
        for step in river.steps[7:]:
            await step()

        assert wrong_with(await river.end_state()) == [], "\n".join(told.lines)
