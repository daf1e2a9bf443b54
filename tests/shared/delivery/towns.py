"""Two small services that exchange events: north owns patients, south follows them and keeps tasks about them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from time import monotonic
from typing import Any, TypedDict

import httpx
from starlette.applications import Starlette

from shared.delivery.doors import Delivery
from shared.delivery.owner import Owners
from shared.events.event import Event
from shared.fhir.change import Announcement, Change
from shared.fhir.issue import Issue
from shared.fhir.text import draft_of, parse
from shared.kernel.clock import Clock, system_now
from shared.kernel.settings import Settings
from shared.rest.routes import routes
from shared.service import Deployed, Directory, Due, Owned, Reaction, Service
from shared.store.store import Store
from shared.store.transaction import Transaction

DIRECTORY = Directory({"north": ("Patient", "Observation"), "south": ("Task", "Basic")})

Resource = dict[str, Any]


class Patient(TypedDict, total=False):
    id: str


class Observation(TypedDict, total=False):
    id: str


class Task(TypedDict, total=False):
    id: str


class Basic(TypedDict, total=False):
    id: str


def task_is_not_forbidden(change: Change[Any]) -> Iterator[Issue]:
    if change.after.get("description") == "forbidden":
        yield Issue("a forbidden task cannot be kept", "Task.description")


DIED = Announcement("died", lambda change: change.became("deceasedBoolean", True), "A patient died.")


def north(**more: Any) -> Service:
    owns = (Owned(Patient, announces=(DIED,)), Owned(Observation))
    return Service(**{"name": "north", "directory": DIRECTORY, "owns": owns, **more})


def south(reacts: Mapping[str, Reaction] | None = None, timers: Mapping[str, Due] | None = None, **more: Any) -> Service:
    owns = (Owned(Task, rules=(task_is_not_forbidden,)), Owned(Basic))
    said = {"name": "south", "directory": DIRECTORY, "owns": owns, "follows": ("Patient",)}
    return Service(**{**said, "reacts": reacts or {}, "timers": timers or {}, **more})


def a_patient(id: str, **elements: object) -> Resource:
    return {"resourceType": "Patient", "id": id, **elements}


def a_task(id: str, **elements: object) -> Resource:
    return {"resourceType": "Task", "id": id, "status": "requested", "intent": "order", **elements}


def keep_a_task(event: Event, tx: Transaction) -> None:
    """The reaction that tests count by: one new task for each event."""
    put(tx, a_task(tx.new_id(), description=f"{event.name} {event.reference} {event.version}"))


def put(tx: Transaction, resource: Resource | bytes) -> None:
    """Write as the HTTP door does, behind its gate."""
    draft = parse(resource) if isinstance(resource, bytes) else draft_of(resource)
    tx.write(draft, draft.content["id"])


class Roads(httpx.AsyncBaseTransport):
    """HTTP between towns without sockets: by the port of the service that is called. Closed, nobody is reached.

    `asked` are the addresses that were called.
    """

    def __init__(self) -> None:
        self.open = True
        self.asked: list[str] = []
        self._doors: dict[int, httpx.ASGITransport] = {}

    def build(self, port: int, deployed: Deployed) -> None:
        self._doors[port] = httpx.ASGITransport(Starlette(routes=routes(deployed)))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(str(request.url))
        if not self.open or request.url.port not in self._doors:
            raise httpx.ConnectError("nobody is there")
        return await self._doors[request.url.port].handle_async_request(request)


@dataclass
class Town:
    """A service as it runs."""

    service: Service
    store: Store
    settings: Settings
    roads: Roads
    clock: Clock = system_now
    deliveries: list[Delivery] = field(default_factory=list)

    def delivery(self) -> Delivery:
        """Delivery that has not been started."""
        deployed = Deployed(self.service, self.store, self.settings, self.clock)
        self.roads.build(self.settings.port(self.service.name, DIRECTORY.owns), deployed)
        return Delivery(deployed, Owners(self.settings, DIRECTORY, self.roads))

    def start(self) -> Delivery:
        self.deliveries.append(self.delivery())
        self.deliveries[-1].start()
        return self.deliveries[-1]

    async def stop(self) -> None:
        while self.deliveries:
            await self.deliveries.pop().stop()

    async def save(self, *resources: Resource) -> None:
        """Each in a unit of its own, all at once."""
        await asyncio.gather(*(self.store.unit(partial(put, resource=resource)) for resource in resources))

    async def delete(self, type: str, id: str) -> None:
        await self.store.unit(lambda tx: tx.delete(type, id))

    async def read(self, type: str, id: str) -> Resource | None:
        return await self.store.view(lambda view: view.read(type, id))

    async def count(self, table: str, where: str = "1 = 1") -> int:
        found = await self.store.view(lambda view: view.connection.row(f"SELECT count(*) FROM {table} WHERE {where}"))
        return int(found[0]) if found else 0

    async def tasks(self) -> list[str]:
        """The descriptions of all tasks, in the order of their making."""
        rows = await self.store.view(
            lambda view: view.connection.rows("SELECT text FROM version WHERE type = 'Task' ORDER BY sequence")
        )
        return [json.loads(text)["description"] for (text,) in rows]


async def eventually(holds: Callable[[], Awaitable[bool]], seconds: float = 10.0) -> None:
    """Wait until something holds; fail when it does not in time."""
    until = monotonic() + seconds
    while not await holds():
        assert monotonic() < until, "it did not come about in time"
        await asyncio.sleep(0.02)


async def running(*towns: Town) -> Town:
    """Start them, and wait until their consumers stand and what they follow is loaded. Answers the last."""
    for town in towns:
        town.start()
    for town in towns:
        await eventually(partial(settled, town))
    return towns[-1]


async def settled(town: Town) -> bool:
    """Whether events from now on are reacted to at once."""
    loading = await town.count("following", "state = 'loading'")
    return all(delivery.consumer.settled.is_set() for delivery in town.deliveries) and not loading


async def knows(town: Town, *ids: str) -> bool:
    return all([await town.read("Patient", id) is not None for id in ids])


async def has_tasks(town: Town, number: int) -> bool:
    return await town.count("version", "type = 'Task'") >= number


async def has(town: Town, table: str, number: int, where: str = "1 = 1") -> bool:
    return await town.count(table, where) == number
