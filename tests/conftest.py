"""What every test may ask for: a fresh database of each kind, and stores on it."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from shared.store.migrate import migrate
from shared.store.store import Store
from tests.postgres import Server, binaries

DATABASES = ("sqlite", "postgresql") if binaries() else ("sqlite",)

OpenStore = Callable[..., Store]
"""Opens a store on the test's database; takes what Store.open takes beside the address. Closed when the test ends."""


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    server = Server()
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "store.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres: Server) -> str:
    postgres.administer("CREATE DATABASE care_template")
    migrate(postgres.url("care_template"))
    return "care_template"


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a fresh database with all its tables: every test that asks runs once on each kind."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_url")
        return
    yield request.getfixturevalue("postgres_url")


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    path = tmp_path / "store.db"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgres_url(postgres: Server, postgres_template: str) -> Iterator[str]:
    url = postgres.create(postgres_template)
    yield url
    postgres.drop(url)


@pytest.fixture
async def open_store(database_url: str) -> AsyncIterator[OpenStore]:
    opened: list[Store] = []

    def open(service: str = "tested", **facts: object) -> Store:
        opened.append(Store.open(database_url, service=service, **facts))  # type: ignore[arg-type]
        return opened[-1]

    yield open
    for store in opened:
        await store.close()


def pytest_unconfigure(config: pytest.Config) -> None:
    """The very last line, so that nobody overlooks what was left out."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter and len(DATABASES) == 1 and not hasattr(config, "workerinput"):
        reporter.write_line("PostgreSQL: not tested")
