"""Asking a service over HTTP, and what its answer means for the book."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any

import httpx
import orjson

from services.directory import DIRECTORY
from tests.chaos.book import Book, Resource, Told
from tests.chaos.instance import SERVICES
from tests.chaos.place import Place

FHIR = {"Content-Type": "application/fhir+json"}
_SECONDS = 8.0
_PATIENCE_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Answer:
    """`status` 0: none came. `sent`: whether the question can have reached anybody."""

    status: int
    body: Resource
    headers: Mapping[str, str]
    sent: bool = True

    @property
    def told(self) -> Told:
        if not self.status:
            return "unknown" if self.sent else "refused"
        return "acknowledged" if self.status < 300 else "refused"

    @property
    def is_away(self) -> bool:
        return self.status in (0, 502, 503, 504)

    def __str__(self) -> str:
        said = "; ".join(issue.get("diagnostics", "") for issue in self.body.get("issue", ()))
        return f"{self.status or 'no answer'} {said}".strip()


class Doors:
    """`async with Doors(place, book)`. Every answer of 500 goes to the book as a complaint."""

    def __init__(self, place: Place, book: Book) -> None:
        self.book = book
        self.asked = 0
        limits = httpx.Limits(max_connections=32, max_keepalive_connections=16)
        self._clients = {
            name: [
                httpx.AsyncClient(base_url=f"{instance.url(name)}/fhir/", timeout=_SECONDS, limits=limits)
                for instance in place.instances
            ]
            for name in SERVICES
        }

    async def __aenter__(self) -> Doors:
        return self

    async def __aexit__(self, *_: object) -> None:
        for clients in self._clients.values():
            for client in clients:
                await client.aclose()

    async def ask(
        self, service: str, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        self.asked += 1
        content = b"" if body is None else orjson.dumps(body)
        clients = self._clients[service]
        client, sent = clients[self.asked % len(clients)], {**FHIR, **(headers or {})}
        try:
            answer = await client.request(method, path, content=content, headers=sent)
        except httpx.ConnectError:
            return Answer(0, {}, {}, sent=False)
        except httpx.TransportError:
            return Answer(0, {}, {})
        found = Answer(answer.status_code, orjson.loads(answer.content) if answer.content else {}, answer.headers)
        if answer.status_code == 500:
            self.book.complain(f"{method} {service} {path} was answered {found}")
        return found

    async def insist(
        self, service: str, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Ask what is safe to ask twice until there is an answer, for a while.

        A refusal that comes after a question without answer says nothing about that one.
        """
        last = monotonic() + _PATIENCE_SECONDS
        unknown = False
        while (answer := await self.ask(service, method, path, body, headers)).is_away and monotonic() < last:
            unknown = unknown or answer.told == "unknown"
            await asyncio.sleep(0.2)
        return Answer(0, {}, {}) if unknown and answer.told == "refused" else answer

    async def read(self, reference: str) -> Answer:
        return await self.ask(owner(reference), "GET", reference)


def owner(path: str) -> str:
    type = path.partition("/")[0].partition("?")[0]
    found = DIRECTORY.owner(type)
    assert found, f"nobody owns {type}"
    return found
