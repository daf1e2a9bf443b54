"""A small service on a real store behind the HTTP door, and a client in front of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from shared.fhir import types
from shared.fhir.change import Change
from shared.fhir.issue import Issue, Resource
from shared.kernel.clock import system_now
from shared.kernel.settings import Settings
from shared.rest.access import Access
from shared.rest.routes import routes
from shared.service import Call, Deployed, Directory, Inquiry, Operation, Owned, Service
from shared.store.store import Store
from shared.store.transaction import Transaction

BASE = "http://here.example/fhir"

OWNED = (
    "Patient", "CarePlan", "Observation", "Goal", "Task", "Practitioner", "Encounter", "Condition", "Appointment", "Coverage",
)  # fmt: skip


def a_type(name: str) -> type:
    """What a service declares that it owns: the generated type of that name."""
    found: type = getattr(types, name)
    return found


def a_goal_is_not_impossible(change: Change[Any]) -> Iterator[Issue]:
    if "impossible" in change.after["description"]["text"]:
        yield Issue("a goal cannot be impossible", "Goal.description")


def a_goal_has_a_statement_date(change: Change[Any]) -> Iterator[Issue]:
    if "startDate" not in change.after:
        yield Issue("a goal should say when it was set", "Goal.startDate", severity="warning")


def count_the_goals(call: Call, tx: Transaction) -> Resource:
    return {"resourceType": "Parameters", "parameter": [{"name": "asked", "valueString": f"{call.type}/{call.id}"}]}


async def ask_outside(call: Call, deployed: Deployed) -> Resource:
    """Two units of work with a pause between them, as when somebody else is asked."""
    await deployed.store.unit(lambda tx: tx.create({"resourceType": "Patient", "id": "asked-about"}))
    await asyncio.sleep(0)
    return await deployed.store.view(lambda view: view.read("Patient", "asked-about")) or {}


SERVICE = Service(
    name="here",
    directory=Directory({"here": OWNED, "there": ("Organization", "Claim")}),
    owns=tuple(
        Owned(a_type(name), rules=(a_goal_is_not_impossible, a_goal_has_a_statement_date) if name == "Goal" else ())
        for name in OWNED
    ),
    follows=("Organization",),
    operations=(
        Operation("Patient", "$count-goals", count_the_goals, about="Counts."),
        Inquiry("Patient", "$ask", ask_outside, "type", about="Asks."),
        Inquiry("Patient", "$ask-about", ask_outside, about="Asks about one."),
    ),
)


@dataclass
class Asked:
    """A client of the service, what the service told its listener, and the store behind it."""

    client: httpx.AsyncClient
    store: Store
    accesses: list[Access] = field(default_factory=list)


@pytest.fixture
def store_url(sqlite_url: str) -> str:
    """A module whose sentences must hold on both databases has its own, which asks for `database_url`."""
    return sqlite_url


@pytest.fixture
async def store(store_url: str) -> AsyncIterator[Store]:
    store = Store.open(store_url, service=SERVICE.name, owns=SERVICE.keeps, follows=SERVICE.follows)
    yield store
    await store.close()


@pytest.fixture
async def here(store: Store) -> AsyncIterator[Asked]:
    accesses: list[Access] = []
    deployed = Deployed(SERVICE, store, Settings(max_body_bytes=2_000_000), system_now)
    app = Starlette(routes=routes(deployed, accesses.append))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
        yield Asked(client, store, accesses)


@pytest.fixture
def client(here: Asked) -> httpx.AsyncClient:
    return here.client
