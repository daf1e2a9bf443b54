"""Takes events from the stream in batches, each batch one unit of work, acknowledged after its commit."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from time import monotonic
from typing import Final

import httpx
import structlog

from shared.delivery.beginning import Footing
from shared.delivery.owner import Owners
from shared.delivery.taking import Incoming, Taking, readable
from shared.events.listener import Listener
from shared.events.stream import Arrived, Position, Stream
from shared.fhir.caller import Caller
from shared.fhir.refusal import Unavailable
from shared.store.store import Store

_BATCH: Final = 32
_DATABASE_AWAY: Final = timedelta(seconds=2)
_OWNER_AWAY: Final = timedelta(seconds=2)
_CHECKPOINT_SECONDS: Final = 5.0
EVENTS: Final = Caller("events", kind="service")

_log = structlog.get_logger()


class Consumer:
    """`run` goes on until it is cancelled, which `stop` does between two batches."""

    def __init__(self, store: Store, stream: Stream, footing: Footing, taking: Taking, owners: Owners) -> None:
        self.listener = Listener(stream, footing.consumer)
        self.position: Position | None = None
        self.settled = asyncio.Event()
        self._store = store
        self._stream = stream
        self._footing = footing
        self._taking = taking
        self._owners = owners
        self._working = asyncio.Lock()
        self._checked = monotonic()

    async def run(self) -> None:
        """Find the footing, then take what comes while the connection lasts. Raises BrokerAway, Lost."""
        connection = await self._stream.available()
        await self._footing.find()
        self.settled.set()
        while connection == self._stream.connections:
            batch = await self.listener.batch(_BATCH)
            async with self._working:
                await self._take(batch)
            await self._checkpoint()

    async def watch(self) -> None:
        """How far the consumer is, looked at now and then also while nothing comes. Raises BrokerAway."""
        await asyncio.sleep(_CHECKPOINT_SECONDS)
        await self._stream.available()
        self.position = await self._footing.checkpoint()

    async def rest(self) -> None:
        """Wait until the batch at hand is done, and begin no other: what has arrived besides may go elsewhere."""
        await self._working.acquire()
        await self.listener.give_back()

    async def _take(self, batch: Sequence[Arrived]) -> None:
        readied = await asyncio.gather(*(self._ready(arrived) for arrived in batch))
        at_hand = [(arrived, incoming) for arrived, incoming in zip(batch, readied, strict=True) if incoming]
        if not at_hand:
            return
        try:
            await self._commit([incoming for _, incoming in at_hand])
        except Exception as error:
            level = _log.warning if isinstance(error, Unavailable) else _log.exception
            level("events could not be taken; they come again", error=type(error).__name__)
            await self.listener.again((arrived for arrived, _ in at_hand), _DATABASE_AWAY)
        else:
            await self.listener.done(arrived for arrived, _ in at_hand)

    async def _commit(self, batch: Sequence[Incoming]) -> None:
        try:
            await self._store.unit(lambda tx: self._taking.take(tx, batch, careful=False), caller=EVENTS)
        except Exception:
            await self._store.unit(lambda tx: self._taking.take(tx, batch, careful=True), caller=EVENTS)

    async def _ready(self, arrived: Arrived) -> Incoming | None:
        """The event, with its body also where that has to be fetched. None: it comes again, its owner can't be reached."""
        incoming = readable(arrived.message)
        if incoming.event is None or "care-fetch" not in incoming.event.headers or incoming.event.text:
            return incoming
        try:
            body = await self._owners.body(incoming.event)
        except httpx.HTTPStatusError as error:
            return replace(incoming, event=None, error=f"its body could not be fetched: {error.response.status_code}")
        except httpx.HTTPError as error:
            _log.warning("the body of an event could not be fetched", event_id=incoming.event.id, error=type(error).__name__)
            await self.listener.again([arrived], _OWNER_AWAY)
            return None
        return readable(replace(arrived.message, body=body))

    async def _checkpoint(self) -> None:
        if monotonic() - self._checked > _CHECKPOINT_SECONDS:
            self._checked = monotonic()
            self.position = await self._footing.checkpoint()
