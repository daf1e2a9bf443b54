"""How many complete units of work a second a store does, beside the floor: the same rows by the plain driver, in groups.

A unit creates one CarePlan of 3.6 kB: savepoint, version, current row, index rows, outbox row; durable when answered.
`python -m bench.store [address of an empty PostgreSQL database]`
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from shared.fhir import text
from shared.fhir.index import index_rows
from shared.store import indexing
from shared.store.connection import Connection
from shared.store.database import database_of
from shared.store.migrate import migrate
from shared.store.store import Store
from shared.store.transaction import Transaction

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


async def complete(url: str, callers: int) -> float:
    """Units a second, with so many callers that each wait for their answer before they ask again."""
    store = Store.open(url, service="bench", owns=[Owned("CarePlan")])
    numbers = iter(range(UNITS))

    async def caller() -> None:
        for number in numbers:
            draft = text.parse(a_plan(number))
            await store.unit(lambda tx, draft=draft: written(tx, draft))

    start = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(callers)))
    took = time.perf_counter() - start
    await store.close()
    return UNITS / took


def written(tx: Transaction, draft: text.Draft) -> None:
    tx.write(draft, tx.new_id())


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
    recorder = Recorder()
    id, at = f"id-{number}", 1_795_000_000_000_000
    row = (number, number, "CarePlan", 1, at, False, plan.decode(), "local", "cause")
    yield "INSERT INTO version VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", [row]
    current = "INSERT INTO resource (rid, type, id, number, updated, deleted, current) VALUES (?, ?, ?, ?, ?, ?, ?)"
    yield current, [(number, "CarePlan", id, 1, at, False, number)]
    event = (number, f"event-{number}", "CarePlan", id, 1, "created", None, "{}", "00-", "cause", at)
    columns = "sequence, event_id, type, id, number, name, text, headers, traceparent, causation, created"
    yield f"INSERT INTO outbox ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", [event]
    indexing.replace(recorder, number, "CarePlan", None, index_rows(orjson.loads(plan)))
    yield from recorder.statements


class Recorder:
    """A connection that runs nothing and remembers everything."""

    dialect = "sqlite"

    def __init__(self) -> None:
        self.statements: list[tuple[str, list[Any]]] = []

    def execute(self, sql: str, params: Any = ()) -> None:
        self.statements.append((sql, [params]))

    def many(self, sql: str, rows: Any) -> None:
        self.statements.append((sql, list(rows)))

    rows = row = None


def main(postgres: str | None = None) -> None:
    plan = a_plan(1)
    rows = sum(len(rows) for sql, rows in rows_of(1, plan) if "_index" in sql)
    print(f"one plan: {len(plan)} bytes, {rows} index rows")
    with tempfile.TemporaryDirectory() as folder, contextlib.suppress(KeyboardInterrupt):
        for url in (f"sqlite:///{folder}/bench.db", *([postgres] if postgres else ())):
            print(f"{url.split(':')[0]:12} floor       {floor(url):8.0f} /s")
            for callers in (16, 64):
                print(f"{url.split(':')[0]:12} {callers:3} callers {asyncio.run(complete(url, callers)):8.0f} /s")


if __name__ == "__main__":
    main(*sys.argv[1:])
