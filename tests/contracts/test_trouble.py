"""When the database itself ends a transaction, each unit of the group runs again; nothing is lost or doubled."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.pq import DiagnosticField

from shared.fhir.refusal import Unavailable
from shared.kernel.clock import system_now
from shared.store.kept import Kept
from shared.store.migrate import migrate
from shared.store.postgres import Postgres
from shared.store.postgres_writer import PostgresWriter
from shared.store.store import Store
from shared.store.transaction import Transaction
from tests.conftest import DATABASES, OpenStore
from tests.contracts.plans import PLAN, a_plan, drafted, post, put
from tests.postgres import Server

needs_postgres = pytest.mark.skipif("postgresql" not in DATABASES, reason="PostgreSQL is not installed")


def cuts_its_connection(url: str, times: int) -> Callable[[Transaction], str]:
    """A unit in the middle of which the server ends the session, so many times."""
    left = [times]

    def unit(tx: Transaction) -> str:
        id = tx.write(drafted(a_plan()), tx.new_id()).version.id
        session = tx.connection.row("SELECT pg_backend_pid()")
        if left[0] > 0 and session:
            left[0] -= 1
            with psycopg.connect(url, autocommit=True) as other:
                other.execute("SELECT pg_terminate_backend(%s)", session)
        tx.connection.row("SELECT 1")
        return id

    return unit


@needs_postgres
async def test_a_unit_is_run_again_after_its_connection_was_cut(postgres_url: str) -> None:
    store = Store.open(postgres_url, service="tested", owns=[PLAN])

    cut = [cuts_its_connection(postgres_url, 2) if n == 10 else post(a_plan()) for n in range(30)]
    results = await asyncio.gather(*(store.unit(unit) for unit in cut))

    assert len(results) == 30
    versions = await store.view(lambda view: view.connection.rows("SELECT sequence FROM version ORDER BY sequence"))
    assert versions == [(n,) for n in range(1, 31)]
    await store.close()


@needs_postgres
async def test_a_connection_cut_between_units_is_noticed_and_made_again(postgres_url: str) -> None:
    store = Store.open(postgres_url, service="tested", owns=[PLAN])
    session = await store.unit(lambda tx: tx.connection.row("SELECT pg_backend_pid()"))
    with psycopg.connect(postgres_url, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", session)

    await store.unit(post(a_plan()))

    assert len(await store.view(lambda view: view.history())) == 1
    await store.close()


class LosesAnAnswer(PostgresWriter):
    """The connection breaks when the second commit was done, before that is known here."""

    commits = 0

    def commit(self) -> None:
        super().commit()
        self.commits += 1
        if self.commits == 2:
            self.raw.close()
            raise psycopg.OperationalError("the connection was lost")


class Distant(Postgres):
    def writer(self) -> PostgresWriter:
        return LosesAnAnswer(self._url)


@needs_postgres
async def test_a_commit_whose_answer_was_lost_is_not_done_twice(postgres_url: str) -> None:
    store = Store(Distant(postgres_url), Kept("tested", {"CarePlan": PLAN}), system_now)

    for number in (1, 2, 3):
        assert (await store.unit(post(a_plan()))).version.sequence == number

    assert len(await store.view(lambda view: view.history())) == 3
    await store.close()


class FindsNoRoomForItsLog(PostgresWriter):
    """The second commit is in the server's log when the log's next part finds no room: the server panics, and recovers it."""

    commits = 0

    def commit(self) -> None:
        super().commit()
        self.commits += 1
        if self.commits == 2:
            with self._watched():
                raise psycopg.errors.DiskFull("no room", info={DiagnosticField.SEVERITY_NONLOCALIZED: b"PANIC"})


class Small(Postgres):
    def writer(self) -> PostgresWriter:
        return FindsNoRoomForItsLog(self._url)


@needs_postgres
async def test_a_commit_that_the_server_panics_after_is_not_done_twice(postgres_url: str) -> None:
    store = Store(Small(postgres_url), Kept("tested", {"CarePlan": PLAN}), system_now)

    for number in (1, 2, 3):
        assert (await store.unit(post(a_plan()))).version.sequence == number

    assert len(await store.view(lambda view: view.history())) == 3
    await store.close()


class LosesItsServer(PostgresWriter):
    """The server is gone for good when the second commit was done, before that is known here."""

    commits, asks = 0, 3

    def __init__(self, url: str, server: Server) -> None:
        self._server = server
        super().__init__(url)

    def commit(self) -> None:
        super().commit()
        self.commits += 1
        if self.commits == 2:
            self._server.halt()
            self.raw.execute("SELECT 1")


class Lonely(Postgres):
    def __init__(self, url: str, server: Server) -> None:
        super().__init__(url)
        self._server = server

    def writer(self) -> PostgresWriter:
        return LosesItsServer(self._url, self._server)


@needs_postgres
async def test_a_commit_of_which_nobody_can_be_asked_is_not_done_again() -> None:
    server = Server()
    server.start()
    try:
        url = server.create()
        migrate(url)
        store = Store(Lonely(url, server), Kept("tested", {"CarePlan": PLAN}), system_now)
        await store.unit(post(a_plan()))

        with pytest.raises(Unavailable):
            await store.unit(post(a_plan()))

        server.restart("fast")
        assert (await store.unit(post(a_plan()))).version.sequence == 3
        await store.close()
    finally:
        server.stop()


class Crashes(PostgresWriter):
    """The server crashes before the second commit reaches it, and gives the transaction's number to somebody else's."""

    commits = 0

    def __init__(self, url: str, server: Server) -> None:
        self._server, self._elsewhere = server, server.create()
        super().__init__(url)

    def commit(self) -> None:
        self.commits += 1
        if self.commits == 2:
            undone = self.row("SELECT pg_current_xact_id()::text")
            self._server.restart("immediate")
            with psycopg.connect(self._elsewhere, autocommit=True) as other:
                while other.execute("SELECT pg_current_xact_id()::text").fetchone() != undone:
                    pass
        super().commit()


class OnItsOwn(Postgres):
    def __init__(self, url: str, server: Server) -> None:
        super().__init__(url)
        self._server = server

    def writer(self) -> PostgresWriter:
        return Crashes(self._url, self._server)


@needs_postgres
async def test_what_a_crash_undid_is_not_taken_for_what_others_committed() -> None:
    server = Server()
    server.start()
    try:
        url = server.create()
        migrate(url)
        store = Store(OnItsOwn(url, server), Kept("tested", {"CarePlan": PLAN}), system_now)

        for _ in range(3):
            await store.unit(post(a_plan()))

        assert len(await store.view(lambda view: view.history())) == 3
        await store.close()
    finally:
        server.stop()


@needs_postgres
async def test_a_reader_cut_between_looks_is_replaced(postgres_url: str) -> None:
    store = Store.open(postgres_url, service="tested", owns=[PLAN])
    session = await store.view(lambda view: view.connection.row("SELECT pg_backend_pid()"))
    with psycopg.connect(postgres_url, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", session)

    assert await store.view(lambda view: view.connection.row("SELECT 1")) == (1,)
    await store.close()


async def test_a_full_disk_loses_nothing_that_was_answered_and_nothing_that_was_refused_is_there(sqlite_url: str) -> None:
    store = Store.open(sqlite_url, service="tested", owns=[PLAN])
    pages = await store.unit(lambda tx: tx.connection.row("PRAGMA page_count")) or (0,)
    await store.unit(lambda tx: tx.connection.rows(f"PRAGMA max_page_count = {pages[0] + 60}"))

    big = "x" * 8_000
    results = await asyncio.gather(*(store.unit(post(a_plan(description=big))) for _ in range(60)), return_exceptions=True)

    written = {result.version.id for result in results if not isinstance(result, BaseException)}
    refused = [result for result in results if isinstance(result, BaseException)]
    assert written
    assert refused
    assert {type(error) for error in refused} == {Unavailable}
    assert {version.id for version in await store.view(lambda view: view.history())} == written

    await store.unit(lambda tx: tx.connection.rows("PRAGMA max_page_count = 1000000"))
    await store.unit(post(a_plan(description=big)))
    assert len(await store.view(lambda view: view.history())) == len(written) + 1
    await store.close()


def finds_no_room(tx: Transaction) -> None:
    """Write what the database has no room for."""
    if tx.connection.dialect == "postgresql":
        tx.connection.execute("DO $$ BEGIN RAISE EXCEPTION 'No space left on device' USING ERRCODE = 'disk_full'; END $$")
    else:
        tx.connection.rows("PRAGMA max_page_count = 1")
        tx.write(drafted(a_plan(description="x" * 80_000)), "large")


async def test_a_statement_that_finds_no_room_is_told_to_its_own_caller_only(open_store: OpenStore) -> None:
    store = open_store(owns=[PLAN])

    units = [finds_no_room if n % 3 == 1 else put(a_plan(), f"p{n}") for n in range(9)]
    results = await asyncio.gather(*(store.unit(unit) for unit in units), return_exceptions=True)

    assert [isinstance(result, Unavailable) for result in results] == [n % 3 == 1 for n in range(9)]
    assert {version.id for version in await store.view(lambda view: view.history())} == {f"p{n}" for n in range(9) if n % 3 != 1}


async def test_a_part_for_which_there_is_no_room_is_no_failure_that_a_unit_may_get_over(open_store: OpenStore) -> None:
    store = open_store(owns=[PLAN])

    def gets_over(tx: Transaction) -> None:
        with suppress(Exception):
            tx.attempt(lambda: finds_no_room(tx))
        tx.write(drafted(a_plan()), "got over")

    results = await asyncio.gather(*(store.unit(unit) for unit in (put(a_plan(), "a"), gets_over)), return_exceptions=True)

    assert isinstance(results[1], Unavailable)
    assert [version.id for version in await store.view(lambda view: view.history())] == ["a"]


async def test_what_was_answered_is_on_disk_even_if_the_process_dies_at_once(sqlite_url: str, tmp_path: Path) -> None:
    store = Store.open(sqlite_url, service="tested", owns=[PLAN])
    await asyncio.gather(*(store.unit(post(a_plan())) for _ in range(20)))

    for name in ("store.db", "store.db-wal"):
        (tmp_path / f"copy-{name}").write_bytes((tmp_path / name).read_bytes())
    (tmp_path / "copy-store.db-wal").rename(tmp_path / "copy.db-wal")
    (tmp_path / "copy-store.db").rename(tmp_path / "copy.db")

    with sqlite3.connect(tmp_path / "copy.db") as copy:
        assert copy.execute("SELECT count(*) FROM version").fetchone() == (20,)
    await store.close()


async def test_a_unit_that_waits_for_a_locked_database_gets_its_turn(open_store: OpenStore, database_url: str) -> None:
    store, other = open_store(owns=[PLAN]), open_store(owns=[PLAN])

    async def many(at: Store) -> list[Any]:
        return [await at.unit(post(a_plan())) for _ in range(20)]

    await asyncio.gather(many(store), many(other))

    assert len(await store.view(lambda view: view.history(count=100))) == 40
