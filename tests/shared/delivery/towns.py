"""Two small services that exchange events: north owns patients, south follows them and keeps tasks about them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, TypedDict

from shared.delivery.doors import Delivery
from shared.events.event import Event
from shared.fhir.change import Announcement, Change
from shared.fhir.issue import Issue
from shared.kernel.clock import Clock, system_now
from shared.kernel.settings import Settings
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
    tx.create(a_task(tx.new_id(), description=f"{event.name} {event.reference} {event.version}"))


@dataclass
class Town:
    """A service as it runs, without its HTTP door."""

    service: Service
    store: Store
    settings: Settings
    clock: Clock = system_now
    deliveries: list[Delivery] = field(default_factory=list)

    def start(self) -> Delivery:
        self.deliveries.append(Delivery(Deployed(self.service, self.store, self.settings, self.clock)))
        self.deliveries[-1].start()
        return self.deliveries[-1]

    async def stop(self) -> None:
        while self.deliveries:
            await self.deliveries.pop().stop()

    async def save(self, resource: Resource) -> Resource:
        return await self.store.unit(lambda tx: tx.save(resource))

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
        import orjson

        return [orjson.loads(text)["description"] for (text,) in rows]


async def eventually(holds: Callable[[], Awaitable[bool]], seconds: float = 10.0) -> None:
    """Wait until something holds; fail when it does not in time."""
    until = monotonic() + seconds
    while not await holds():
        assert monotonic() < until, "it did not come about in time"
        await asyncio.sleep(0.02)


def settled(town: Town) -> Callable[[], Awaitable[bool]]:
    """Whether its consumer stands and what it follows is loaded: events from now on are reacted to."""

    async def holds() -> bool:
        loading = await town.count("following", "state = 'loading'")
        return all(delivery.consumer.settled.is_set() for delivery in town.deliveries) and not loading

    return holds


async def knows(town: Town, id: str) -> bool:
    return await town.read("Patient", id) is not None


async def has_tasks(town: Town, number: int) -> bool:
    return await town.count("version", "type = 'Task'") >= number
