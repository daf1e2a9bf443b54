"""The four services in one process: real stores, real rules, real reactions; events are carried by hand, in any order."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from shared.delivery.interest import filters
from shared.delivery.taking import Incoming, Retrying, Taking
from shared.events import envelope
from shared.events.envelope import Message
from shared.events.event import Event
from shared.fhir import text
from shared.kernel.ids import new_id
from shared.kernel.settings import Settings
from shared.service import Call, Deployed, Inquiry, Service
from shared.store import following, outbox, timers
from shared.store.repointing import JOBS
from shared.store.store import Store
from shared.store.transaction import Transaction
from shared.store.version import Timer

Resource = dict[str, Any]
T = TypeVar("T")

MONDAY = datetime(2026, 5, 11, 13, 0, tzinfo=UTC)


@dataclass
class Hands:
    """A clock that tests move."""

    now: datetime = MONDAY

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Running:
    """One service on a store of its own."""

    service: Service
    store: Store
    clock: Hands
    taken: int = 0
    taking: Taking = field(init=False)

    def __post_init__(self) -> None:
        self.taking = Taking(self.service, Retrying(0, timedelta(0)))

    async def begin(self) -> None:
        await self.store.unit(self._begin)

    async def save(self, resource: Resource) -> Resource:
        """Through gate, rules and `then`, as through any door."""
        return await self.store.unit(lambda tx: tx.save(resource))

    async def read(self, type: str, id: str) -> Resource | None:
        return await self.store.view(lambda view: view.read(type, id))

    async def search(self, query: str) -> list[Resource]:
        return await self.store.view(lambda view: view.search(query))

    async def count(self, query: str) -> int:
        return len(await self.search(query))

    async def one(self, query: str) -> Resource:
        [found] = await self.search(query)
        return found

    async def call(self, type: str, name: str, id: str = "", **parameters: object) -> Resource:
        """An operation, with parameters by name (their values as a client would write them)."""
        body = {"resourceType": "Parameters", "parameter": [_parameter(key, value) for key, value in parameters.items()]}
        return await self.invoke(type, name, id, body)

    async def invoke(self, type: str, name: str, id: str, body: Resource) -> Resource:
        operation = next(each for each in self.service.operations if (each.type, each.name) == (type, name))
        call = Call(type, id, body)
        if isinstance(operation, Inquiry):
            answered = await operation.run(call, Deployed(self.service, self.store, Settings(), self.clock))
            return text.load(answered) if isinstance(answered, bytes) else answered
        return await self.store.unit(lambda tx: operation.run(call, tx))

    async def inquire(self, type: str, name: str, body: Resource) -> Resource:
        """An operation of a type that asks outside, or needs several units of work."""
        return await self.invoke(type, name, "", body)

    async def hears(self, what: str, resource: Resource, *, version: int = 1, times: int = 1) -> None:
        """An event from another service: `Encounter.discharged`, with the resource as it is there."""
        event = an_event(what, resource, version=version)
        for _ in range(times):
            await self.takes(event)

    async def takes(self, event: Event) -> None:
        if any(
            _matches(pattern, envelope.subject_of(event.type, event.name, event.subject)) for pattern in filters(self.service)
        ):
            self.taken += 1
            incoming = Incoming(Message("", {}, sequence=self.taken), event)
            await self.store.unit(lambda tx: self.taking.take(tx, [incoming], careful=False))

    async def passes(self, span: timedelta) -> None:
        """Time goes by, and what is due in it is done at its time."""
        until = self.clock.now + span
        while due := await self.store.view(lambda view: timers.due(view.connection, until)):
            timer = min(due, key=lambda timer: timer.due)
            self.clock.now = max(self.clock.now, timer.due)
            await self.store.unit(partial(self._fire, timer))
        self.clock.now = until

    def _fire(self, timer: Timer, tx: Transaction) -> None:
        if timers.fired(tx.connection, timer):
            {**self.service.timers, **JOBS}[timer.name](timer, tx)

    def _begin(self, tx: Transaction) -> None:
        for type in self.service.follows:
            following.begin(tx.connection, type, 0)
            following.loaded(tx.connection, type)
        if self.service.starts:
            self.service.starts(tx)


@dataclass
class Town:
    """Services that hear each other when events are carried between them."""

    services: Mapping[str, Running]

    def __getitem__(self, name: str) -> Running:
        return self.services[name]

    async def carry(self, *, chance: random.Random | None = None) -> None:
        """Carry events until nobody has anything to say. With `chance`: shuffled, and some of them twice."""
        while events := [event for running in self.services.values() for event in await _collect(running)]:
            if chance:
                events += chance.sample(events, len(events) // 3)
                chance.shuffle(events)
            for event in events:
                for running in self.services.values():
                    await running.takes(event)


def an_event(what: str, resource: Resource, *, version: int = 1) -> Event:
    type, _, name = what.partition(".")
    body = b"" if name == "deleted" else text.dump(resource | {"meta": {"versionId": str(version)}})
    return Event(new_id(), type, name or "updated", resource["id"], version, MONDAY, "/careloom/elsewhere", body)


async def _collect(running: Running) -> list[Event]:
    def take(tx: Transaction) -> list[Event]:
        rows = outbox.unsent(tx.connection, f"/careloom/{running.service.name}", 1000)
        outbox.mark_sent(tx.connection, [(row.sequence, row.sequence) for row in rows])
        return [row.event for row in rows]

    return await running.store.unit(take)


def _matches(pattern: str, subject: str) -> bool:
    if pattern.endswith(".>"):
        return subject.startswith(pattern[:-1])
    return subject.startswith(pattern.removesuffix("*"))


def _parameter(name: str, value: object) -> Resource:
    if isinstance(value, dict):
        return {"name": name, ("resource" if "resourceType" in value else "valueReference"): value}
    return {"name": name, "valueString": value}
