"""River's case from end to end, in one process: the real doors, stores and reactions; events are carried by hand."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from deploy.demo.ending import wrong_with
from deploy.demo.river import River
from deploy.demo.stage import Messenger, Stage
from services.intake.hl7v2.framing import Frame
from services.intake.hl7v2.reception import Reception
from shared.kernel.settings import Settings
from shared.rest.routes import routes
from shared.service import Deployed
from tests.conftest import DATABASES
from tests.services.town import Town


@dataclass(frozen=True)
class Handed:
    """The hospital's messages, handed to whom the listener gives them."""

    reception: Reception

    async def send(self, message: bytes) -> bool:
        [answer] = await self.reception.take(Frame(message, len(message)), "the hospital")
        return b"\rMSA|AA|" in answer


class TownStage(Stage):
    """The doors without a network. Nothing happens between two requests but when somebody waits for it."""

    def __init__(self, clients: dict[str, httpx.AsyncClient], line: Messenger, town: Town, chance: random.Random | None) -> None:
        super().__init__(clients, Path("unused"), line)
        self._town = town
        self._chance = chance
        self._hands = town["intake"].clock

    @property
    def now(self) -> datetime:
        return self._hands.now

    def move_to(self, moment: datetime) -> None:
        self._hands.now = max(self._hands.now, moment)

    async def settle(self) -> None:
        for running in self._town.services.values():
            await running.passes(timedelta(0))
        await self._town.carry(chance=self._chance)


@pytest.fixture(params=["in order", "shuffled and doubled"])
async def stage(request: pytest.FixtureRequest, town: Town, tmp_path: Path) -> AsyncIterator[Stage]:
    async with AsyncExitStack() as opened:
        clients = {}
        for name, running in town.services.items():
            deployed = Deployed(running.service, running.store, Settings(data_dir=tmp_path), running.clock)
            pages = running.service.pages(deployed) if running.service.pages else ()
            transport = httpx.ASGITransport(Starlette(routes=[*pages, *routes(deployed)]))
            base = f"http://{name}.test/fhir/"
            clients[name] = await opened.enter_async_context(httpx.AsyncClient(transport=transport, base_url=base))
        intake = town["intake"]
        line = Handed(Reception(Deployed(intake.service, intake.store, Settings(data_dir=tmp_path), intake.clock)))
        yield TownStage(clients, line, town, random.Random(7) if request.param != "in order" else None)


@pytest.mark.parametrize("new_url", DATABASES, indirect=True)
async def test_the_case_ends_as_it_should_whatever_the_order_of_events(stage: Stage) -> None:
    told: list[str] = []
    river = River(stage, lambda moment, who, what: told.append(f"{moment:%m-%d %H:%M} {who}: {what}"))

    await river.play()

    assert wrong_with(await river.end_state()) == [], "\n".join(told)
