"""A coverage service that asks payers outside: what asks is begun and ended, as processes are started and killed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self, TypeVar

from services.coverage.app import service
from services.coverage.payers.addresses import Addresses
from services.coverage.payers.asking import asking_at
from services.coverage.x12.language import LANGUAGE
from shared.kernel.clock import Clock
from shared.kernel.settings import Settings
from shared.service import Deployed
from shared.store.store import Store
from shared.store.view import View
from tests.services.building import Resource

T = TypeVar("T")


@dataclass
class Asking:
    """The service, and those parts of it that ask now."""

    deployed: Deployed
    parts: list[AsyncExitStack] = field(default_factory=list)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        while self.parts:
            await self.leaves()

    @property
    def store(self) -> Store:
        return self.deployed.store

    async def begins(self, addresses: Addresses) -> None:
        part = AsyncExitStack()
        await part.enter_async_context(asking_at(addresses, self.deployed, LANGUAGE))
        self.parts.append(part)

    async def leaves(self) -> None:
        """What asks goes away, whatever it is doing."""
        await self.parts.pop().aclose()

    async def save(self, resource: Resource) -> Resource:
        return await self.store.unit(lambda tx: tx.save(resource))

    async def sees(self, look: Callable[[View], T | None]) -> T:
        """What a look finds, as soon as it finds something."""
        return await seen(look, self.store)

    async def wrote(self) -> None:
        await wrote(self.store)


@asynccontextmanager
async def deployed_at(url: str, folder: Path, clock: Clock) -> AsyncIterator[Deployed]:
    """The service on a database of its own, until it is left."""
    store = Store.open(url, service="coverage", owns=service.keeps, follows=service.follows, clock=clock)
    try:
        yield Deployed(service, store, Settings(data_dir=folder), clock)
    finally:
        await store.close()


async def seen(look: Callable[[View], T | None], store: Store) -> T:
    async with asyncio.timeout(10):
        while not (found := await store.view(look)):
            await wrote(store)
    return found


async def wrote(store: Store) -> None:
    """Until something is committed, or a moment."""
    event = asyncio.Event()
    store.listen(event.set)
    try:
        await asyncio.wait_for(event.wait(), 0.2)
    except TimeoutError:
        return
