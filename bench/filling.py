"""Fills a store before it is measured, by the engine's own units of work, as if everything had come and gone long ago."""

from __future__ import annotations

import sys
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import psycopg

from bench import documents
from shared.fhir import text, types
from shared.service import Owned
from shared.store import following
from shared.store.database import is_postgresql
from shared.store.reindex import reindex
from shared.store.store import Store
from shared.store.transaction import Transaction
from shared.store.version import Version

_UNIT = 1_000
_PROGRESS_SECONDS = 5.0
_UPDATED = datetime(2026, 11, 23, tzinfo=UTC)

OWNED = (Owned(types.CarePlan), Owned(types.Encounter))
"""What is filled in without what a service does with it."""

Put = Callable[[Transaction, int], object]
"""Writes the resource of a number."""


@asynccontextmanager
async def filling(url: str, follows: tuple[str, ...], owns: tuple[Owned, ...] = OWNED) -> AsyncIterator[Store]:
    """The store of a service that has loaded all that it follows, so that it looks for no owner when it starts."""
    store = Store.open(url, service="bench", owns=owns)
    await store.unit(lambda tx: _followed(tx, follows))
    await store.unit(lambda tx: _indexed_today(tx, (*follows, *(owned.name for owned in owns))))
    yield store
    filled = await store.view(lambda view: view.connection.row("SELECT 1 FROM resource LIMIT 1"))
    await store.close()
    if filled and is_postgresql(url):
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")  # what a server does by itself sooner or later


async def fill(store: Store, what: str, count: int, put: Put, *, told: bool = True) -> None:
    """Put so many, and show how far it is and how fast. `told`: as if the others knew of it already."""
    began = shown = time.monotonic()
    for first in range(0, count, _UNIT):
        numbers = range(first, min(first + _UNIT, count))
        await store.unit(lambda tx, numbers=numbers: _put(tx, numbers, put, told))  # type: ignore[misc]
        now = time.monotonic()
        if now - shown > _PROGRESS_SECONDS or (shown > began and numbers.stop == count):
            shown, rate = now, numbers.stop / (now - began)
            left = (count - numbers.stop) / rate
            print(f"  storing {what}: {numbers.stop:,} of {count:,}, {rate:,.0f} a second, {left:,.0f} s left", file=sys.stderr)


def put_plan(tx: Transaction, number: int) -> None:
    tx.write(text.parse(documents.named_plan(number, 0)), documents.plan_id(number))


def _plan_key(number: int) -> tuple[str, str]:
    return "CarePlan", documents.plan_id(number)


def _patient_key(number: int) -> tuple[str, str]:
    return "Patient", documents.patient_id(number)


def put_encounter(tx: Transaction, number: int) -> None:
    tx.write(text.parse(documents.encounter(number)), f"encounter-{number:09}")


def put_coverage(tx: Transaction, number: int) -> None:
    tx.write(text.parse(documents.named_coverage(number)), documents.coverage_id(number))


def put_insurance_plan(tx: Transaction, _number: int) -> None:
    tx.write(text.parse(documents.INSURANCE_PLAN), documents.PLAN_ID)


def copy_patient(tx: Transaction, number: int) -> None:
    """As a copy of what another service owns."""
    id = documents.patient_id(number)
    stamped = text.parse(documents.patient(number)).stamped(id, 1, _UPDATED)
    tx.copy(Version("Patient", id, 1, _UPDATED, stamped))


KEYS: Mapping[Put, Callable[[int], tuple[str, str]]] = {put_plan: _plan_key, copy_patient: _patient_key}
"""Of what is put by the million: a unit looks at once for what is there already."""


def _put(tx: Transaction, numbers: range, put: Put, told: bool) -> None:
    if key := KEYS.get(put):
        tx.foresee(map(key, numbers))
    for number in numbers:
        put(tx, number)
    if told:
        tx.connection.execute("DELETE FROM outbox")


def _indexed_today(tx: Transaction, types: Iterable[str]) -> None:
    """So that a service doesn't index all of it anew when it starts."""
    for type in types:
        reindex(tx.connection, type)


def _followed(tx: Transaction, types: tuple[str, ...]) -> None:
    for type in types:
        following.begin(tx.connection, type, 0)
        following.loaded(tx.connection, type)
