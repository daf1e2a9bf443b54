"""Complete units of work a second in a store, beside the floor: the same rows by the plain driver, in groups.

A unit creates one CarePlan of 3.6 kB: savepoint, version, current row, index rows, outbox row; durable when answered.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson

from bench import documents
from bench.databases import Databases
from bench.extent import Extent
from bench.figures import Figure
from shared.fhir import text, types
from shared.fhir.index import index_rows
from shared.service import Owned
from shared.store import indexing
from shared.store.connection import Dialect, Params, Row
from shared.store.database import database_of
from shared.store.migrate import migrate
from shared.store.store import Store
from shared.store.transaction import Transaction

SECTION = "Units of work a second in a store"

_GROUP = 16
"""So many of the floor's units are committed together."""

_PUT_PLANS = 100
"""So many plans are put again and again."""

Work = Callable[[Transaction], object]


def measure(extent: Extent, folder: Path, databases: Databases) -> Iterator[Figure]:
    kinds = ((16, "unit: create CarePlan", _create), (64, "unit: create CarePlan", _create), (16, "unit: put CarePlan", _put))
    wanted = [kind for kind in kinds if extent.wants(kind[1])]
    for database in extent.databases if wanted else ():
        for round in range(extent.rounds):
            for callers, name, work in wanted:
                place = folder / f"units-{database}"
                url = databases.fresh(database, place, f"{name[-12:-9]}-{callers}-{round}")
                rate = asyncio.run(_units_a_second(url, callers, extent.units, work))
                floor = _floor(databases.fresh(database, place, f"floor-{name[-12:-9]}-{callers}-{round}"), extent.units)
                yield Figure(SECTION, database, name, "/s", callers, values=[rate], floor=[floor])
            print(f"  units on {database}: round {round + 1} of {extent.rounds}", file=sys.stderr)


async def _units_a_second(url: str, callers: int, units: int, work: Callable[[int], Work]) -> float:
    """With so many callers that each wait for their answer before they ask again."""
    store = Store.open(url, service="bench", owns=(Owned(types.CarePlan),))
    numbers = iter(range(units))

    async def caller() -> None:
        for number in numbers:
            await store.unit(work(number))

    start = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(callers)))
    took = time.perf_counter() - start
    await store.close()
    return units / took


def _create(number: int) -> Work:
    draft = text.parse(documents.plan(number))
    return lambda tx: tx.write(draft, tx.new_id())


def _put(number: int) -> Work:
    """First they are created, then changed."""
    draft = text.parse(documents.named_plan(number % _PUT_PLANS, number))
    return lambda tx: tx.write(draft, documents.plan_id(number % _PUT_PLANS))


def _floor(url: str, units: int) -> float:
    """The same rows, made before the clock starts, one commit for each group."""
    migrate(url)
    ready = [list(_rows_of(10_000_000 + number, documents.plan(number))) for number in range(units)]
    with closing(database_of(url)) as database, closing(database.writer()) as connection:
        start = time.perf_counter()
        for at in range(0, units, _GROUP):
            connection.begin()
            for statements in ready[at : at + _GROUP]:
                for sql, rows in statements:
                    connection.many(sql, rows)
            connection.commit()
        took = time.perf_counter() - start
    return units / took


def _rows_of(number: int, plan: bytes) -> Iterator[tuple[str, list[Any]]]:
    """The statements of one create with their rows, as the store itself runs them."""
    recorder = _Recorder()
    id, at = f"id-{number}", 1_795_000_000_000_000
    row = (number, number, "CarePlan", 1, at, False, plan.decode(), "local", "cause")
    yield "INSERT INTO version VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", [row]
    current = "INSERT INTO resource (rid, type, id, number, updated, deleted, current) VALUES (?, ?, ?, ?, ?, ?, ?)"
    yield current, [(number, "CarePlan", id, 1, at, False, number)]
    event = (number, f"event-{number}", "CarePlan", id, 1, "created", None, "{}", "00-", "cause", at)
    columns = "sequence, event_id, type, id, number, name, text, headers, traceparent, causation, created"
    yield f"INSERT INTO outbox ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", [event]
    indexing.replace(recorder, number, None, index_rows(orjson.loads(plan)))
    yield from recorder.statements


class _Recorder:
    """A connection that runs nothing and remembers everything."""

    dialect: Dialect = "sqlite"

    def __init__(self) -> None:
        self.statements: list[tuple[str, list[Any]]] = []

    def execute(self, sql: str, params: Params = ()) -> None:
        self.statements.append((sql, [params]))

    def many(self, sql: str, rows: Sequence[Params]) -> None:
        self.statements.append((sql, list(rows)))

    def rows(self, sql: str, params: Params = ()) -> list[Row]:
        raise AssertionError(f"nothing is read here: {sql} {params}")

    def only(self, sql: str, params: Params = ()) -> list[Row]:
        return self.rows(sql, params)

    def row(self, sql: str, params: Params = ()) -> Row | None:
        raise AssertionError(f"nothing is read here: {sql} {params}")
