"""intake's listener on a port of its own, with a mapping that a test understands at a glance."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from prometheus_client import CollectorRegistry

from services.intake.app import service
from services.intake.hl7v2 import meters
from services.intake.hl7v2.listener import Listener
from services.intake.hl7v2.mapping import Made
from services.intake.hl7v2.message import Message
from services.intake.hl7v2.position import Position, Unmappable
from services.intake.hl7v2.reception import Reception
from shared.kernel.meter import Meters
from shared.kernel.settings import Settings
from shared.service import Deployed
from shared.store.store import Store
from shared.store.transaction import Transaction
from shared.store.version import Record
from tests.conftest import OpenStore

NOW = datetime(2026, 5, 11, 18, 20, tzinfo=UTC)


@dataclass
class Ward:
    """A listener and what stands behind it."""

    deployed: Deployed
    listener: Listener
    registry: CollectorRegistry

    @property
    def port(self) -> int:
        return self.listener.port

    @property
    def store(self) -> Store:
        return self.deployed.store

    async def journal(self) -> list[Record]:
        """Newest first."""
        return await self.store.view(lambda view: view.records("hl7v2", limit=10_000))

    async def states(self) -> list[tuple[str, str]]:
        """Control id and state of each message, in the order of their control ids."""
        return sorted((record.keys.get("control", ""), record.state) for record in await self.journal())

    async def visits(self) -> list[str]:
        """PV1-19 of each message that was mapped, in order."""
        basics = await self.store.view(lambda view: view.history("Location", count=10_000))
        return [version.id for version in reversed(basics)]


@dataclass
class Mapped:
    """Each visit is a Location of that name, a version for each message. `refused`: visits that are at fault, or break it."""

    refused: dict[str, Exception] = field(default_factory=dict)

    def __call__(self, message: Message, tx: Transaction) -> Made:
        pv1 = message.first("PV1")
        if pv1 is None:
            raise Unmappable("there is no visit", Position("PV1"), "101")
        visit = pv1.text(19)
        tx.save({"resourceType": "Location", "id": visit, "name": message.control_id})
        if visit in self.refused:
            raise self.refused[visit]
        return Made([f"Location/{visit}"], unmapped=message.kind[1] == "A99")


OpenWard = Callable[..., AbstractAsyncContextManager[Ward]]
"""Settings by name → a ward; `apply` is its mapping."""


@pytest.fixture
def open_ward(open_store: OpenStore) -> OpenWard:
    @asynccontextmanager
    async def opened(apply: Mapped | None = None, **settings: object) -> AsyncIterator[Ward]:
        store = open_store("intake", owns=service.keeps, follows=service.follows, clock=lambda: NOW)
        registry = CollectorRegistry()
        chosen = Settings(mllp_port=0, **settings)  # type: ignore[arg-type]
        deployed = Deployed(service, store, chosen, lambda: NOW, Meters(meters.ALL, registry))
        listener = Listener(deployed, Reception(deployed, apply or Mapped()))
        await listener.start("127.0.0.1", 0)
        yield Ward(deployed, listener, registry)
        await listener.stop(5)

    return opened
