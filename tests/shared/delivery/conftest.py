"""A broker for all tests of delivery, a fresh stream for each, and towns to be run on it."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from shared.kernel.clock import Clock, system_now
from shared.kernel.settings import Settings
from shared.service import Service
from shared.store.store import Store
from tests.broker import Broker
from tests.shared.delivery.towns import Roads, Town, keep_a_task, north, running, south
from tests.shared.delivery.wire import Wire


@dataclass
class Land:
    """Founds towns, each on a store of its own, all at one broker."""

    broker: Broker
    empty_store: Path
    folder: Path
    roads: Roads = field(default_factory=Roads)
    towns: list[Town] = field(default_factory=list)

    def found(self, service: Service, *, url: str = "", clock: Clock = system_now, **settings: object) -> Town:
        """A town that does not run yet."""
        chosen = Settings(**{"nats_url": self.broker.url, "retry_delay": "1s", **settings})  # type: ignore[arg-type]
        facts = {"service": service.name, "owns": service.owns, "follows": service.follows, "clock": clock}
        store = Store.open(url or self._new_store(service.name), **facts)  # type: ignore[arg-type]
        self.towns.append(Town(service, store, chosen, self.roads, clock))
        return self.towns[-1]

    async def close(self) -> None:
        for town in self.towns:
            await town.stop()
            await town.store.close()

    def _new_store(self, name: str) -> str:
        path = self.folder / f"{name}{len(self.towns)}.db"
        shutil.copy(self.empty_store, path)
        return f"sqlite:///{path}"


@pytest.fixture(scope="session")
def shared_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    broker = Broker(tmp_path_factory.mktemp("broker"))
    broker.start()
    yield broker
    broker.kill()


@pytest.fixture
async def wire(shared_broker: Broker) -> AsyncIterator[Wire]:
    """The broker that all tests share, without what the one before has left there."""
    async with Wire(shared_broker) as wire:
        await wire.delete_stream()
        yield wire


@pytest.fixture
async def land(wire: Wire, shared_broker: Broker, sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Land]:
    land = Land(shared_broker, sqlite_template, tmp_path)
    yield land
    await land.close()


@pytest.fixture
async def stormy_land(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Land]:
    """With a broker of its own, which the test may kill."""
    broker = Broker(tmp_path / "broker")
    broker.start()
    land = Land(broker, sqlite_template, tmp_path)
    yield land
    await land.close()
    broker.kill()


@pytest.fixture
async def here(land: Land) -> Town:
    """North, running."""
    return await running(land.found(north()))


@pytest.fixture
async def there(land: Land, here: Town) -> Town:
    """South, running; it keeps a task for each event of a patient."""
    return await running(land.found(south({"Patient": keep_a_task})))
