"""A broker for all tests of delivery, a fresh stream for each, and towns to be run on it."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import nats
import pytest

from shared.kernel.settings import Settings
from shared.service import Service
from shared.store.store import Store
from tests.broker import Broker
from tests.shared.delivery.towns import Roads, Town

Found = Callable[..., Town]


@pytest.fixture(scope="session")
def shared_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    broker = Broker(tmp_path_factory.mktemp("broker"))
    broker.start()
    yield broker
    broker.kill()


@pytest.fixture
async def broker(shared_broker: Broker) -> AsyncIterator[Broker]:
    """The one broker, without a stream."""
    await drop_stream(shared_broker)
    return shared_broker


@pytest.fixture
def own_broker(tmp_path: Path) -> Iterator[Broker]:
    """A broker that the test may kill."""
    broker = Broker(tmp_path / "broker")
    broker.start()
    yield broker
    broker.kill()


@pytest.fixture
async def found(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Found]:
    """Founds a town: its service on a store of its own, at a broker. Stopped and closed when the test ends."""
    towns: list[Town] = []
    roads = Roads()

    def found(service: Service, broker: Broker, **more: object) -> Town:
        path = tmp_path / f"{service.name}{len(towns)}.db"
        shutil.copy(sqlite_template, path)
        settings = Settings(nats_url=broker.url, retry_delay="1s", **more.pop("settings", {}))
        clock = {"clock": more["clock"]} if "clock" in more else {}
        store = Store.open(f"sqlite:///{path}", service=service.name, owns=service.owns, follows=service.follows, **clock)
        towns.append(Town(service, store, settings, roads, **more))
        return towns[-1]

    yield found
    for town in towns:
        await town.stop()
        await town.store.close()


async def drop_stream(broker: Broker) -> None:
    client = await nats.connect(broker.url)
    try:
        await client.jetstream().delete_stream("CARE")
    except nats.js.errors.NotFoundError:
        pass
    await client.close()
