"""How many complete units of work a second a store does, beside the floor: the same rows by the plain driver, in groups.

A unit creates one CarePlan of 3.6 kB: savepoint, version, current row, index rows, outbox row; durable when answered.
`python -m bench.store`
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from shared.fhir import text
from shared.fhir.index import index_rows
from shared.store import indexing
from shared.store.connection import Dialect, Params, Row
from shared.store.database import database_of
from shared.store.migrate import migrate
from shared.store.store import Store
from shared.store.transaction import Transaction
from tests.postgres import Server, binaries

UNITS = 4000
GROUP = 16


@dataclass(frozen=True)
class Owned:
    name: str
    rules: tuple[Any, ...] = ()
    announces: tuple[Any, ...] = ()
    then: Any = None


def a_plan(number: int) -> bytes:
    """A CarePlan with five activities."""
    activities = [
        {
            "detail": {
                "kind": "ServiceRequest",
                "code": {"coding": [{"system": "http://snomed.info/sct", "code": f"9105700{n}", "display": "Physical therapy"}]},
                "status": "scheduled",
                "scheduledPeriod": {"start": f"2026-11-2{n}T09:00:00Z", "end": f"2026-12-2{n}T09:00:00Z"},
                "performer": [{"reference": f"Practitioner/therapist-{n}", "display": f"Therapist {n}"}],
                "description": "Strength and gait training, twice a week, at home where the stairs are. " * 4,
            }
        }
        for n in range(1, 6)
    ]
    plan = {
        "resourceType": "CarePlan",
        "identifier": [{"system": "urn:careloom:plan", "value": f"plan-{number}"}],
        "status": "active",
        "intent": "plan",
        "category": [{"coding": [{"system": "http://hl7.org/fhir/us/core/CodeSystem/careplan-category", "code": "assess-plan"}]}],
        "title": f"Recovery plan {number}",
        "subject": {"reference": f"Patient/river-{number % 500}"},
        "encounter": {"reference": f"Encounter/e-{number}"},
        "period": {"start": "2026-11-23", "end": "2027-02-23"},
        "author": {"reference": "Practitioner/manager-1"},
        "activity": activities,
    }
    return orjson.dumps(plan)


async def units_a_second(url: str, callers: int, work: Callable[[int], Callable[[Transaction], object]]) -> float:
    """Units a second, with so many callers that each wait for their answer before they ask again."""
    store = Store.open(url, service="bench", owns=[Owned("CarePlan")])
    numbers = iter(range(UNITS))

    async def caller() -> None:
        for number in numbers:
            await store.unit(work(number))

    start = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(callers)))
    took = time.perf_counter() - start
    await store.close()
    return UNITS / took


def create(number: int) -> Callable[[Transaction], object]:
    draft = text.parse(a_plan(number))
    return lambda tx: tx.write(draft, tx.new_id())


def put(number: int) -> Callable[[Transaction], object]:
    """Over 500 plans: first they are created, then changed."""
    draft = text.parse(a_plan(number))
    return lambda tx: tx.write(draft, f"plan-{number % 500}")


def floor(url: str) -> float:
    """The same rows, made before the clock starts, one commit for each group."""
    migrate(url)
    database = database_of(url)
    connection = database.writer()
    ready = [(number, list(rows_of(10_000_000 + number, a_plan(number)))) for number in range(UNITS)]
    start = time.perf_counter()
    for at in range(0, UNITS, GROUP):
        connection.begin()
        for _, statements in ready[at : at + GROUP]:
            for sql, rows in statements:
                connection.many(sql, rows)
        connection.commit()
    took = time.perf_counter() - start
    connection.close()
    database.close()
    return UNITS / took


def rows_of(number: int, plan: bytes) -> Iterator[tuple[str, list[Any]]]:
    """The statements of one create with their rows, as the store itself runs them."""
    recorder, rows = Recorder(), index_rows(orjson.loads(plan))
    id, at = f"id-{number}", 1_795_000_000_000_000
    row = (number, number, "CarePlan", 1, at, False, plan.decode(), "local", "cause")
    yield "INSERT INTO version VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", [row]
    current = "INSERT INTO resource (rid, type, id, number, updated, deleted, current, shape) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
    yield current, [(number, "CarePlan", id, 1, at, False, number, rows.shape)]
    event = (number, f"event-{number}", "CarePlan", id, 1, "created", None, "{}", "00-", "cause", at)
    columns = "sequence, event_id, type, id, number, name, text, headers, traceparent, causation, created"
    yield f"INSERT INTO outbox ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", [event]
    indexing.replace(recorder, number, None, rows)
    yield from recorder.statements


class Recorder:
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

    def row(self, sql: str, params: Params = ()) -> Row | None:
        raise AssertionError(f"nothing is read here: {sql} {params}")


def main() -> None:
    plan = a_plan(1)
    rows = sum(len(rows) for sql, rows in rows_of(1, plan) if "_index" in sql)
    print(f"units of work a second: one CarePlan of {len(plan)} bytes with {rows} index rows; {UNITS} units each")
    print(f"{'':12}{'floor':>8}{'create, 16 callers':>22}{'create, 64 callers':>22}{'put, 16 callers':>22}")
    with tempfile.TemporaryDirectory() as folder:
        measure("sqlite", f"sqlite:///{folder}/bench.db")
    if binaries() is None:
        print("PostgreSQL: not measured, its server is not installed")
        return
    server = Server(durable=True)
    server.start()
    try:
        measure("postgresql", server.create())
    finally:
        server.stop()


def measure(name: str, url: str) -> None:
    least = floor(url)
    line = f"{name:12}{least:8.0f}"
    for callers, work in ((16, create), (64, create), (16, put)):
        rate = asyncio.run(units_a_second(url, callers, work))
        line += f"{rate:14.0f} ({rate / least:4.0%})"
    print(line)


if __name__ == "__main__":
    main()
