"""A client that may send anything: requests as the server hands them to an application, valid HTTP or not quite."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

import orjson
from starlette.types import ASGIApp, Message

Headers = tuple[tuple[bytes, bytes], ...]

PATIENCE = 20.0
"""Seconds that an answer may take on a busy machine before it counts as a hang."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One request. `path` and `query` are as they stand in the request line; `body` comes in these pieces."""

    method: str
    path: str
    query: str = ""
    headers: Headers = ()
    body: tuple[bytes, ...] = (b"",)
    leaves: bool = False
    """The client goes away before the end of its body."""

    def __str__(self) -> str:
        whole = b"".join(self.body)
        shown = whole if len(whole) < 3000 else whole[:1500] + b" ... " + whole[-500:]
        lines = [f"{self.method} {self.path}?{self.query}", *(f"{name!r}: {value!r}" for name, value in self.headers)]
        return "\n".join([*lines, f"{len(whole)} bytes in {len(self.body)} pieces: {shown!r}"])


@dataclass(slots=True)
class Answered:
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    def json(self) -> Any:
        return orjson.loads(self.body)

    @property
    def media(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0]


async def ask(app: ASGIApp, sent: Sent) -> Answered:
    """Raises TimeoutError for an answer that doesn't come."""
    answered = Answered()
    pieces = list(sent.body)

    async def receive() -> Message:
        if not pieces:
            return {"type": "http.disconnect"}
        piece = pieces.pop(0)
        return {"type": "http.request", "body": piece, "more_body": bool(pieces) or sent.leaves}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            answered.status = message["status"]
            answered.headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in message.get("headers", ())}
        else:
            answered.body += message.get("body", b"")

    async with asyncio.timeout(PATIENCE):
        await app(_scope(sent), receive, send)
    return answered


def _scope(sent: Sent) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": sent.method,
        "scheme": "http",
        "path": unquote(sent.path),
        "raw_path": sent.path.encode(),
        "query_string": sent.query.encode(),
        "root_path": "",
        "headers": [(b"host", b"127.0.0.1:8001"), *sent.headers],
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 8001),
        "state": {},
    }
