"""From one service's commit to another's: how soon, how many a second with a backlog, how fast copies are loaded again."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import TypeVar

import httpx

from bench import filling
from bench.backlog import left_a_second, wait_until
from bench.cases import VISITS
from bench.databases import Databases
from bench.extent import Extent
from bench.figures import Figure
from bench.load import Client, Order
from bench.services import SERVICES
from bench.stack import Stack
from shared.store import following
from shared.store.connection import Connection
from shared.store.database import database_of

SECTION = "Events from intake to careplan"

OWNER, FOLLOWER, TYPE = "intake", "careplan", "Encounter"
"""The follower keeps a copy of each, and its reaction looks for work that hangs on it."""

_SOON = "commit to committed reaction at {} events/s"
_DRAIN, _CATCH_UP, _RESYNC = "publishing a backlog", "catching up with a backlog", "resync"

_CONNECTIONS = 16
_PATIENCE_SECONDS = 1_800.0

T = TypeVar("T")


def measure(extent: Extent, folder: Path, databases: Databases) -> Iterator[Figure]:
    """One round for each database: what it leaves behind is not what it found."""
    for database in extent.databases:
        place = folder / f"events-{database}"
        rates = [rate for rate in extent.rates if extent.wants(_SOON.format(rate))]
        backlog = extent.backlog if any(map(extent.wants, (_DRAIN, _CATCH_UP, _RESYNC))) else 0
        if rates or backlog:
            urls = {name: databases.fresh(database, place, name) for name in (OWNER, FOLLOWER)}
            for name, url in urls.items():
                asyncio.run(_begin(url, SERVICES[name].follows))
            with Stack(place, urls) as stack:
                yield from _soon(stack, database, rates, extent.event_seconds)
                yield from _backlog(stack, database, backlog)
            if extent.wants(_RESYNC):
                again = databases.fresh(database, place, "again")
                asyncio.run(_begin(again, SERVICES[FOLLOWER].follows))
                with Stack(place, {**urls, FOLLOWER: again}) as stack:
                    yield _resync(stack, database)
        if rates or backlog:
            print(f"  events on {database}: done", file=sys.stderr)


def _soon(stack: Stack, database: str, rates: list[int], seconds: float) -> Iterator[Figure]:
    """Visits are created at an even rate. What the owner's and the follower's rows say of their time is the latency."""
    owner, follower = stack.urls[OWNER], stack.urls[FOLLOWER]
    for name in (OWNER, FOLLOWER):
        stack.start(name)
    wait_until(lambda: _look(follower, lambda at: following.beginning(at, f"careloom-{FOLLOWER}")) is not None)
    with Client() as client:
        for rate, first in zip(rates, count(200_000_000, 1_000_000), strict=False):
            before, heard = _count(owner, "outbox"), _count(follower, "inbox")
            load = client.send(Order(stack.port(OWNER), VISITS, first, 0, _CONNECTIONS, seconds, rate))
            told = _count(owner, "outbox") - before
            _wait_until_taken(follower, heard + told)
            latencies = _latencies(owner, follower, before)
            detail = {"p99 ms": _percentile(latencies, 0.99), "events/s": load.rate}
            values = [_percentile(latencies, 0.5)]
            yield Figure(SECTION, database, _SOON.format(rate), "ms", _CONNECTIONS, values=values, detail=detail)
    for name in (OWNER, FOLLOWER):
        stack.stop(name)


def _backlog(stack: Stack, database: str, backlog: int) -> Iterator[Figure]:
    """Written while no service runs: first the owner publishes all of it, then the follower takes it."""
    if not backlog:
        return
    owner, follower = stack.urls[OWNER], stack.urls[FOLLOWER]
    taken = _count(follower, "inbox")
    asyncio.run(_write(owner, backlog))
    stack.launch(OWNER)
    yield Figure(SECTION, database, _DRAIN, "/s", stored=backlog, values=[left_a_second(owner)])
    stack.launch(FOLLOWER)
    _wait_until_taken(follower, taken + backlog)
    yield Figure(SECTION, database, _CATCH_UP, "/s", stored=backlog, values=[_caught_up(follower, taken)])


def _resync(stack: Stack, database: str) -> Figure:
    """An empty follower reads every version from the owner."""
    for name in (OWNER, FOLLOWER):
        stack.start(name)
    began = time.perf_counter()
    address = f"http://127.0.0.1:{stack.port(FOLLOWER)}/admin/resync"
    read: int = httpx.post(address, params={"type": TYPE}, timeout=_PATIENCE_SECONDS).raise_for_status().json()[TYPE]
    return Figure(SECTION, database, _RESYNC, "/s", values=[read / (time.perf_counter() - began)], stored=read)


async def _begin(url: str, follows: tuple[str, ...]) -> None:
    async with filling.filling(url, follows):
        pass


async def _write(url: str, backlog: int) -> None:
    async with filling.filling(url, ()) as store:
        await filling.fill(store, "visits", backlog, filling.put_encounter, told=False)


def _latencies(owner: str, follower: str, before: int) -> list[float]:
    """ms from the event's row in the owner's outbox to its row in the follower's inbox, each made just before its commit."""
    told = "SELECT event_id, created FROM outbox ORDER BY sequence LIMIT 1000000000 OFFSET ?"
    created = dict(_look(owner, lambda at: [(row[0], row[1]) for row in at.rows(told, (before,))]))
    received = _look(follower, lambda at: at.rows("SELECT event_id, received FROM inbox"))
    return sorted((at - created[id]) / 1e3 for id, at in received if id in created)


def _caught_up(follower: str, before: int) -> float:
    """Taken a second, by what the rows say of their time."""
    sql = "SELECT received FROM inbox ORDER BY received LIMIT 1000000000 OFFSET ?"
    times: list[int] = [at for (at,) in _look(follower, lambda at: at.rows(sql, (before,)))]
    later = sum(at > times[0] for at in times)
    return later / max((times[-1] - times[0]) / 1e6, 1e-6)


def _wait_until_taken(follower: str, events: int) -> None:
    wait_until(lambda: _count(follower, "inbox") >= events)


def _count(url: str, table: str) -> int:
    return _look(url, lambda at: int((at.row(f"SELECT count(*) FROM {table}") or (0,))[0]))


def _look(url: str, look: Callable[[Connection], T]) -> T:
    with closing(database_of(url)) as database, database.reading() as connection:
        return look(connection)


def _percentile(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0
