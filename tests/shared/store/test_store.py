"""Where a look runs, and what an address may be."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest

from shared.store.database import database_of, sqlite_path
from shared.store.instant import micros, moment
from shared.store.store import Store
from shared.store.view import View


async def test_a_point_read_on_sqlite_runs_where_it_was_asked_and_a_search_elsewhere(sqlite_url: str) -> None:
    store = Store.open(sqlite_url, service="tested")
    here = threading.get_ident()

    def reads(view: View) -> int:
        view.current("CarePlan", "p1")
        return threading.get_ident()

    def searches(view: View) -> int:
        view.current("CarePlan", "p1")
        view.history()
        return threading.get_ident()

    assert await store.view(reads) == here
    assert await store.view(searches) != here
    await store.close()


async def test_a_look_that_raises_leaves_the_reader_usable(sqlite_url: str) -> None:
    store = Store.open(sqlite_url, service="tested")

    for _ in range(10):
        with pytest.raises(ZeroDivisionError):
            await store.view(lambda view: (view.history(), 1 / 0))
        with pytest.raises(ZeroDivisionError):
            await store.view(lambda view: 1 / 0)

    assert await store.view(lambda view: view.history()) == []
    await store.close()


def test_an_address_is_a_file_or_a_server() -> None:
    assert str(sqlite_path("sqlite:////data/careplan.db")) == "/data/careplan.db"
    assert str(sqlite_path("sqlite:///.data/careplan.db")) == ".data/careplan.db"
    with pytest.raises(ValueError, match="neither"):
        database_of("mysql://somewhere")


def test_an_instant_survives_the_database_to_the_microsecond() -> None:
    there = datetime(2026, 11, 23, 14, 30, 0, 123_457, timezone(timedelta(hours=2)))

    assert moment(micros(there)) == there
    assert moment(micros(there)).tzinfo is UTC
    assert moment(micros(datetime(1899, 2, 3, tzinfo=UTC))) == datetime(1899, 2, 3, tzinfo=UTC)
