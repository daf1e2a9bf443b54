"""Payers outside: a real HTTP server on loopback that does as it is told, and a second real coverage service."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import uvicorn

from services.coverage.app import service
from shared.fhir import text
from shared.kernel.settings import Settings
from shared.runtime.app import build_app
from shared.store.store import Store
from shared.store.version import Version
from tests.services.building import Resource


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it arrived."""

    line: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Outside:
    """`does(asked, writer)` is what is done with each request; `asked` are those that arrived."""

    does: Callable[[Asked, asyncio.StreamWriter], Awaitable[None]]
    asked: list[Asked] = field(default_factory=list)
    address: str = ""
    _serving: list[asyncio.Task[object]] = field(default_factory=list)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Outside]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with server:
            yield self
            for task in self._serving:
                task.cancel()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if task := asyncio.current_task():
            self._serving.append(task)
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
                headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
                asked = Asked(head[0], headers, await reader.readexactly(int(headers.get("content-length", 0))))
                self.asked.append(asked)
                await self.does(asked, writer)
                await writer.drain()
        writer.close()


def answer(body: bytes, status: int = 200, type: str = "application/fhir+json") -> bytes:
    return f"HTTP/1.1 {status} Said\r\nContent-Type: {type}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def says(body: bytes, status: int = 200, type: str = "application/fhir+json") -> Outside:
    """Answers everything with the same."""

    async def do(_: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(answer(body, status, type))

    return Outside(do)


def hangs() -> Outside:
    """Takes a request and never answers."""

    async def do(_: Asked, writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    return Outside(do)


def drips() -> Outside:
    """Begins an answer, and goes on a byte at a time."""

    async def do(_: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.01)

    return Outside(do)


def closes() -> Outside:
    """Takes a request and closes the connection."""

    async def do(_: Asked, writer: asyncio.StreamWriter) -> None:
        writer.close()

    return Outside(do)


@dataclass(frozen=True)
class Second:
    """Another coverage service: a payer's."""

    address: str
    store: Store

    async def save(self, *resources: Resource) -> None:
        for resource in resources:
            await self.store.unit(lambda tx, resource=resource: tx.save(resource))

    async def knows(self, resource: Resource) -> None:
        """A copy of what another service of the payer's owns."""
        body = text.dump(resource | {"meta": {"versionId": "1"}})
        await self.store.unit(lambda tx: tx.copy(Version(resource["resourceType"], resource["id"], 1, tx.now, body)))


@asynccontextmanager
async def second(folder: Path) -> AsyncIterator[Second]:
    app = build_app(service, Settings(data_dir=folder, nats_url="nats://127.0.0.1:9"))
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, access_log=False)
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    serving = asyncio.create_task(server.main_loop())
    try:
        port = server.servers[0].sockets[0].getsockname()[1]
        yield Second(f"http://127.0.0.1:{port}", app.state.running.deployed.store)
    finally:
        server.should_exit = True
        await serving
        await server.shutdown()
