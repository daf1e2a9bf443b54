"""The broker is away while writing goes on, then it returns: what writers notice, what waits, how fast it leaves."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

from bench.backlog import left_a_second
from bench.cases import CASES
from bench.databases import Databases
from bench.extent import Extent
from bench.figures import Figure
from bench.load import Client, Load, Order
from bench.stack import Stack

SECTION = "The broker is away"

SERVICE, CASE = "careplan", "create CarePlan"

_WRITES, _DRAIN, _MEMORY = "outage: writes", "outage: publishing what waited", "outage: resident after it"

_CONNECTIONS, _APART = 16, 100_000_000


def measure(extent: Extent, folder: Path, databases: Databases) -> Iterator[Figure]:
    """Writes with the broker are the floor of those without it. Bodies are of 3.6 kB."""
    if not any(map(extent.wants, (_WRITES, _DRAIN, _MEMORY))):
        return
    for database in extent.databases:
        place = folder / f"outage-{database}"
        with Stack(place, {SERVICE: databases.fresh(database, place, SERVICE)}) as stack, Client() as client:
            stack.start(SERVICE)
            _load(client, stack, 0, extent.event_seconds)
            before = _load(client, stack, 1, extent.event_seconds)
            stack.stop("broker")
            away = _load(client, stack, 2, extent.outage)
            backlog = _ready(stack)["delivery"]["outbox"]["depth"]
            detail = {"p99 ms": away.percentile(0.99) * 1000, "waiting": float(backlog)}
            yield Figure(SECTION, database, _WRITES, "/s", _CONNECTIONS, values=[away.rate], floor=[before.rate], detail=detail)
            stack.start_broker()
            yield Figure(SECTION, database, _DRAIN, "/s", values=[left_a_second(stack.urls[SERVICE])])
            resident, own = stack.memory(SERVICE)
            yield Figure(SECTION, database, _MEMORY, "MB", values=[resident], detail=own)
        print(f"  outage on {database}: done", file=sys.stderr)


def _load(client: Client, stack: Stack, turn: int, seconds: float) -> Load:
    return client.send(Order(stack.port(SERVICE), CASES[CASE], (turn + 1) * _APART, 0, _CONNECTIONS, seconds))


def _ready(stack: Stack) -> dict[str, Any]:
    """What the service says of itself: it is ready all the time. Raises httpx.HTTPStatusError if it is not."""
    answer = httpx.get(f"http://127.0.0.1:{stack.port(SERVICE)}/readyz", timeout=10)
    said: dict[str, Any] = answer.raise_for_status().json()
    return said
