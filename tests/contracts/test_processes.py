"""Several processes on one database, and one that is killed."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.store.store import Store
from tests.conftest import DATABASES
from tests.contracts.plans import PLAN
from tests.postgres import Server


@pytest.fixture(params=DATABASES)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without tables."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/empty.db"
        return
    server: Server = request.getfixturevalue("postgres")
    url = server.create()
    yield url
    server.drop(url)


async def start(url: str, units: int, keys: int) -> Process:
    module = ("-m", "tests.contracts.writing_process", url, str(units), str(keys))
    return await asyncio.create_subprocess_exec(sys.executable, *module, stdout=PIPE, stderr=PIPE)


async def answered(process: Process) -> list[str]:
    out, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    return out.decode().split()[1:]


async def test_processes_that_start_together_migrate_once_and_keep_the_still_world(empty_url: str) -> None:
    processes = [await start(empty_url, 320, 160) for _ in range(3)]

    made = [id for process in processes for id in await answered(process)]

    store = Store.open(empty_url, service="tested", owns=[PLAN])
    versions = await store.view(lambda view: view.history(count=1000))
    assert len(made) == 160
    assert {version.id for version in versions} == set(made)
    assert [version.sequence for version in versions] == list(range(160, 0, -1))
    await store.close()


async def test_what_a_killed_process_had_answered_is_there_with_its_event(empty_url: str) -> None:
    process = await start(empty_url, 1_000_000, 1_000_000)
    assert process.stdout is not None
    seen = [await process.stdout.readline() for _ in range(200)]
    process.kill()
    seen += (await process.stdout.read()).splitlines(keepends=True)
    await process.wait()
    acknowledged = {line.decode().strip() for line in seen[1:] if line.endswith(b"\n")}

    store = Store.open(empty_url, service="tested", owns=[PLAN])
    versions = await store.view(lambda view: view.history(count=100_000))
    events = await store.view(lambda view: view.connection.rows("SELECT id FROM outbox ORDER BY sequence DESC"))

    assert acknowledged <= {version.id for version in versions}
    assert [version.id for version in versions] == [row[0] for row in events]
    await store.close()
