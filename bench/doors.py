"""Requests a second at the HTTP doors, each beside the bare door with the same bytes in and out."""

from __future__ import annotations

import asyncio
import http.client
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count, product
from pathlib import Path

from bench import filling, starts
from bench.cases import CASES, MEMBERS, Case
from bench.databases import Databases
from bench.documents import PLANS_OF_A_PATIENT
from bench.extent import Extent
from bench.figures import Figure
from bench.load import Client, Load, Order
from bench.services import SERVICES
from bench.stack import Stack

SECTION = "Requests a second at the doors"

_FIRST, _APART = 100_000_000, 100_000
"""Numbers of what is created begin here, each load's so far from the last one's."""


def measure(extent: Extent, folder: Path, databases: Databases) -> Iterator[Figure]:
    """Rounds over all cases; of each case ours with few stored and with many, each followed by its floor."""
    cases = {name: case for name, case in CASES.items() if extent.wants(name)}
    for database in extent.databases if cases else ():
        places = [_Place(database, stored, folder / f"doors-{database}-{stored}") for stored in extent.stored]
        filled = [(place, _filled(place, cases, databases)) for place in places]
        with ExitStack() as opened:
            bare = opened.enter_context(Stack(folder / f"bare-{database}")).start_bare()
            client = opened.enter_context(Client())
            doors = [_Doors(place, _started(place, urls, opened), bare, client, count(_FIRST, _APART)) for place, urls in filled]
            yield from _measured(extent, cases, doors)


@dataclass(frozen=True, slots=True)
class _Place:
    database: str
    stored: int
    folder: Path


@dataclass(frozen=True, slots=True)
class _Doors:
    """`ports` of the services that are asked, and of the bare door."""

    place: _Place
    stacks: Mapping[str, Stack]
    bare: int
    client: Client
    firsts: Iterator[int]

    def load(self, case: Case, connections: int, seconds: float) -> Load:
        return self._load(case, self.stacks[case.service].port(case.service), connections, seconds)

    def floor(self, case: Case, connections: int, seconds: float) -> Load:
        """The bare door, which has first been told one of our answers to this case."""
        _teach(self.bare, *_exchanged(self.stacks[case.service].port(case.service), self._request(case)))
        return self._load(case, self.bare, connections, seconds)

    def _load(self, case: Case, port: int, connections: int, seconds: float) -> Load:
        return self.client.send(Order(port, case, next(self.firsts), self.place.stored, connections, seconds))

    def _request(self, case: Case) -> bytes:
        return next(case.requests(next(self.firsts), self.place.stored))


def _filled(place: _Place, cases: Mapping[str, Case], databases: Databases) -> dict[str, str]:
    """The databases of the services that are asked."""
    urls = {}
    for name in sorted({case.service for case in cases.values()}):
        urls[name] = databases.fresh(place.database, place.folder, name)
        asyncio.run(_fill(urls[name], name, place.stored))
    return urls


def _started(place: _Place, urls: Mapping[str, str], opened: ExitStack) -> dict[str, Stack]:
    """Each service has a broker of its own, so that none of them hears what is done to another."""
    stacks = {name: opened.enter_context(Stack(place.folder / name, {name: url})) for name, url in urls.items()}
    for name, stack in stacks.items():
        stack.start(name)
    return stacks


async def _fill(url: str, name: str, stored: int) -> None:
    if name == "coverage":
        await _fill_coverage(url)
        return
    async with filling.filling(url, SERVICES[name].follows) as store:
        if name == "careplan":
            await filling.fill(store, "plans", stored, filling.put_plan)
            await filling.fill(store, "patients", stored // PLANS_OF_A_PATIENT, filling.copy_patient)


async def _fill_coverage(url: str) -> None:
    """As the service itself writes it: it keeps beside a plan what finds it."""
    service = SERVICES["coverage"]
    async with filling.filling(url, service.follows, service.owns) as store:
        await filling.fill(store, "plans", 1, filling.put_insurance_plan)
        await filling.fill(store, "coverages", MEMBERS, filling.put_coverage)


def _measured(extent: Extent, cases: Mapping[str, Case], doors: Sequence[_Doors]) -> Iterator[Figure]:
    for one, case in product(doors, cases.values()):
        one.load(case, max(extent.connections), extent.seconds)
    for round in range(extent.rounds):
        for connections, (name, case), one in product(extent.connections, cases.items(), doors):
            ours = one.load(case, connections, extent.seconds)
            floor = one.floor(case, connections, extent.seconds / 2)
            yield _figure(name, connections, one.place, ours, floor)
        print(f"  doors on {doors[0].place.database}: round {round + 1} of {extent.rounds}", file=sys.stderr)
    for one in doors:
        for service, stack in one.stacks.items():
            resident, detail = stack.memory(service)
            name, stored = f"{service}, resident after all that", one.place.stored
            yield Figure(starts.SECTION, one.place.database, name, "MB", stored=stored, values=[resident], detail=detail)


def _figure(name: str, connections: int, place: _Place, ours: Load, floor: Load) -> Figure:
    return Figure(
        SECTION,
        place.database,
        name,
        "/s",
        connections,
        place.stored,
        [ours.rate],
        [floor.rate],
        {"median ms": ours.percentile(0.5) * 1000, "p99 ms": ours.percentile(0.99) * 1000},
    )


def _exchanged(port: int, request: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
    """Status, headers and body of the answer to one request."""
    head, _, body = request.partition(b"\r\n\r\n")
    line, *lines = head.decode().split("\r\n")
    method, path, _ = line.split(" ")
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request(method, path, body, dict(line.split(": ", 1) for line in lines))
    answer = connection.getresponse()
    found = answer.status, answer.getheaders(), answer.read()
    connection.close()
    return found


def _teach(bare: int, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", bare)
    connection.request("PUT", f"/answer?{status}", body, dict(headers))
    connection.getresponse().read()
    connection.close()
