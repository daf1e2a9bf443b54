"""A load: so many keep-alive connections, each of which sends its next request when the last is answered."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast


@dataclass
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


def request(method: str, path: str, body: bytes = b"", headers: str = "") -> bytes:
    """One HTTP/1.1 request as bytes. `headers` end with CRLF each."""
    media = "Content-Type: application/fhir+json\r\n" if body else ""
    head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n{media}{headers}Content-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


async def drive(port: int, requests: Iterator[bytes], connections: int) -> Load:
    """Send all requests over so many connections to a port of this machine and wait for every answer."""
    load = Load()
    loop = asyncio.get_running_loop()
    started = time.perf_counter()
    senders = [
        (await loop.create_connection(lambda: _Connection(requests, load), "127.0.0.1", port))[1] for _ in range(connections)
    ]
    await asyncio.gather(*(sender.finished for sender in senders))
    load.seconds = time.perf_counter() - started
    return load


class _Connection(asyncio.Protocol):
    """Reads just enough of HTTP to know where an answer ends: both doors send a Content-Length or no body."""

    def __init__(self, requests: Iterator[bytes], load: Load) -> None:
        self._requests = requests
        self._load = load
        self._buffer = b""
        self._sent = 0.0
        self.finished: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._next()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        at = self._buffer.lower().find(b"content-length:", 0, end)
        length = int(self._buffer[at + 15 : self._buffer.index(b"\r", at)]) if at >= 0 else 0
        if len(self._buffer) >= end + 4 + length:
            status = int(self._buffer[9:12])
            self._load.statuses[status] = self._load.statuses.get(status, 0) + 1
            self._load.latencies.append(time.perf_counter() - self._sent)
            self._buffer = b""
            self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.finished.done():
            self.finished.set_exception(exc or ConnectionError("the server closed the connection"))

    def _next(self) -> None:
        following = next(self._requests, None)
        if following is None:
            self.finished.set_result(None)
            self._transport.close()
            return
        self._sent = time.perf_counter()
        self._transport.write(following)
