"""Reading a durable consumer: requests are kept open ahead of need, what arrives is handed out in batches."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable
from datetime import timedelta
from time import monotonic
from typing import Final

import orjson

from shared.events.stream import ACK_WAIT_SECONDS, NAME, Arrived, BrokerAway, Inbox, Stream

_REQUEST: Final = 256
_REQUEST_BYTES: Final = 16 * 1024 * 1024
_EXPIRES_SECONDS: Final = 30
_HEARTBEAT_SECONDS: Final = 2
_NANO: Final = 1_000_000_000
_BODY: Final = orjson.dumps(
    {
        "batch": _REQUEST,
        "max_bytes": _REQUEST_BYTES,
        "expires": _EXPIRES_SECONDS * _NANO,
        "idle_heartbeat": _HEARTBEAT_SECONDS * _NANO,
    }
)
_ACK: Final = b"+ACK"
_AGAIN: Final = b"-NAK"
_PROGRESS: Final = b"+WPI"
_HEARTBEAT: Final = "100"
_ENDED: Final = ("408", "409 Batch Completed", "409 Message Size Exceeds MaxBytes")


class Lost(Exception):
    """The consumer does not answer: it, its stream or the connection may be gone. Look after it, then go on."""


class Listener:
    """`await batch(limit)`, work, `await done(…)`; whoever works long need not care: what is held is kept alive."""

    def __init__(self, stream: Stream, consumer: str) -> None:
        self._stream = stream
        self._next = f"$JS.API.CONSUMER.MSG.NEXT.{NAME}.{consumer}"
        self._inbox: Inbox | None = None
        self._connection = 0
        self._asked = 0
        self._arrived: deque[Arrived] = deque()
        self._held: dict[str, float] = {}
        self._something = asyncio.Event()
        self._trouble: str | None = None
        stream.watch(self._something.set)

    async def batch(self, limit: int) -> list[Arrived]:
        """The next messages, at least one: all that are at hand up to the limit. Raises BrokerAway, Lost."""
        connection = self._stream.connections
        while not self._arrived:
            self._something.clear()
            await self._ask()
            try:
                async with asyncio.timeout(2 * _HEARTBEAT_SECONDS):
                    await self._something.wait()
            except TimeoutError:
                self._trouble = "no heartbeat"
            if connection != self._stream.connections:
                raise Lost("another connection")
            self._raise_trouble()
        batch = [self._arrived.popleft() for _ in range(min(limit, len(self._arrived)))]
        await self._ask()
        return batch

    async def done(self, batch: Iterable[Arrived]) -> None:
        """Acknowledge. Where that gets lost the message comes again, and changes nothing."""
        for arrived in batch:
            self._held.pop(arrived.reply, None)
            await self._stream.send(arrived.reply, _ACK)

    async def again(self, batch: Iterable[Arrived], after: timedelta) -> None:
        """Have messages delivered again, not before this delay."""
        body = _AGAIN + b" " + orjson.dumps({"delay": int(after.total_seconds() * _NANO)})
        for arrived in batch:
            self._held.pop(arrived.reply, None)
            await self._stream.send(arrived.reply, body)

    async def give_back(self) -> None:
        """Listen no more, and have all that is unacknowledged delivered again at once, to whoever listens then."""
        if self._inbox and self._stream.connected:
            await self._inbox.close()
        for reply in self._held:
            await self._stream.send(reply, _AGAIN)
        self.forget()

    async def keep(self) -> None:
        """For ever: tell the broker that what is held is being worked on."""
        while True:
            await asyncio.sleep(ACK_WAIT_SECONDS / 4)
            oldest = monotonic() - ACK_WAIT_SECONDS / 4
            for reply in [reply for reply, since in self._held.items() if since < oldest]:
                await self._stream.send(reply, _PROGRESS)

    def forget(self) -> None:
        """Let go of everything unacknowledged: the broker brings it again."""
        self._arrived.clear()
        self._held.clear()
        self._asked = 0

    async def _ask(self) -> None:
        if not self._stream.connected:
            self.forget()
            raise BrokerAway("not connected")
        if self._connection != self._stream.connections:
            self._connection, self._asked = self._stream.connections, 0
        if self._inbox is None:
            self._inbox = await self._stream.inbox(self._take)
        if self._asked <= _REQUEST // 2 and len(self._arrived) <= _REQUEST // 2:
            self._asked += _REQUEST
            await self._stream.send(self._next, _BODY, self._inbox.subject)

    def _take(self, arrived: Arrived) -> None:
        status = arrived.message.headers.get("Status") if not arrived.message.sequence else None
        if status is None:
            self._asked = max(0, self._asked - 1)
            self._held[arrived.reply] = monotonic()
            self._arrived.append(arrived)
        elif status != _HEARTBEAT:
            self._told(f"{status} {arrived.message.headers.get('Description', '')}", arrived)
        self._something.set()

    def _told(self, what: str, arrived: Arrived) -> None:
        """A request is at its end, or the consumer is."""
        if what.startswith(_ENDED):
            self._asked = max(0, self._asked - int(arrived.message.headers.get("Nats-Pending-Messages", "0")))
        else:
            self._trouble = what

    def _raise_trouble(self) -> None:
        trouble, self._trouble = self._trouble, None
        if trouble:
            self._asked = 0
            raise Lost(trouble)
