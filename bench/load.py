"""A load: so many keep-alive connections, each of which sends its next request when the last is answered.

It is sent by a process of its own, so that it shares no interpreter with anything that is measured.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from types import TracebackType
from typing import Self, cast

import uvloop

from bench.cases import Case
from bench.wires import Wire


@dataclass(frozen=True, slots=True)
class Order:
    """What to send where, and for how long. `rate`: so many a second at most, spread evenly; 0: as fast as they are answered."""

    port: int
    case: Case
    first: int
    stored: int
    connections: int
    seconds: float
    rate: float = 0.0


@dataclass(slots=True)
class Load:
    """What a load came to. `latencies` are seconds, one for each answer; `statuses` counts them."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        return len(self.latencies) / self.seconds

    def percentile(self, share: float) -> float:
        return sorted(self.latencies)[min(len(self.latencies) - 1, int(share * len(self.latencies)))]


class Client:
    """The process that sends. Opened by `with`."""

    def __enter__(self) -> Self:
        self._process = ProcessPoolExecutor(1, get_context("spawn"))
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._process.shutdown(cancel_futures=True)

    def send(self, order: Order) -> Load:
        """Raises ConnectionError if the door closes, AssertionError if it answers anything but the case's status."""
        load = self._process.submit(_sent, order).result()
        assert set(load.statuses) == {order.case.status}, f"answers by status: {load.statuses}"
        return load


def _sent(order: Order) -> Load:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_drive(order))


async def _drive(order: Order) -> Load:
    load = Load()
    loop = asyncio.get_running_loop()
    started = time.perf_counter()
    schedule = _Schedule(order, loop.time())
    senders = [
        (await loop.create_connection(lambda: _Connection(schedule, load, order.case.wire), "127.0.0.1", order.port))[1]
        for _ in range(order.connections)
    ]
    await asyncio.gather(*(sender.finished for sender in senders))
    load.seconds = time.perf_counter() - started
    return load


class _Schedule:
    """The requests in their order, each with the time before which it is not sent, until the time is up."""

    def __init__(self, order: Order, now: float) -> None:
        self._requests: Iterator[bytes] = order.case.requests(order.first, order.stored)
        self._apart = 1 / order.rate if order.rate else 0.0
        self._next = now
        self._end = now + order.seconds

    def next(self, now: float) -> tuple[float, bytes] | None:
        at = self._next
        if max(at, now) >= self._end:
            return None
        self._next += self._apart
        return at, next(self._requests)


class _Connection(asyncio.Protocol):
    """Reads just enough to know where an answer ends."""

    def __init__(self, schedule: _Schedule, load: Load, wire: Wire) -> None:
        self._wire = wire
        self._schedule = schedule
        self._load = load
        self._loop = asyncio.get_running_loop()
        self._buffer = bytearray()
        self._end = 0
        self._sent = 0.0
        self.finished: asyncio.Future[None] = self._loop.create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._next()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        self._end = self._end or self._wire.end(self._buffer)
        if self._end and len(self._buffer) >= self._end:
            status = self._wire.status(self._buffer)
            self._load.statuses[status] = self._load.statuses.get(status, 0) + 1
            self._load.latencies.append(time.perf_counter() - self._sent)
            self._buffer.clear()
            self._end = 0
            self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.finished.done():
            self.finished.set_exception(exc or ConnectionError("the door closed the connection"))

    def _next(self) -> None:
        now = self._loop.time()
        following = self._schedule.next(now)
        if following is None:
            self.finished.set_result(None)
            self._transport.close()
            return
        at, request = following
        if at > now:
            self._loop.call_at(at, self._send, request)
        else:
            self._send(request)

    def _send(self, request: bytes) -> None:
        self._sent = time.perf_counter()
        self._transport.write(request)
