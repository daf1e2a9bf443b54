"""Services for tests: each on a fresh store, with a clock that the test moves."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from services.careplan.app import service as careplan_service
from services.coverage.app import service as coverage_service
from services.intake.app import service as intake_service
from services.scheduling.app import service as scheduling_service
from shared.service import Service
from shared.store.store import Store
from tests.services.town import Hands, Running, Town

NewUrl = Callable[[str], str]
"""Service name → the address of a fresh database with all its tables."""

SERVICES = (intake_service, careplan_service, scheduling_service, coverage_service)


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[NewUrl]:
    """Makes the address of a fresh database for a service: SQLite, or what the test's parameter says."""
    if getattr(request, "param", "sqlite") == "postgresql":
        postgres, template = request.getfixturevalue("postgres"), request.getfixturevalue("postgres_template")
        urls = [postgres.create(template) for _ in SERVICES]
        left = iter(urls)
        yield lambda _: next(left)
        for url in urls:
            postgres.drop(url)
        return
    template = request.getfixturevalue("sqlite_template")
    yield lambda service: f"sqlite:///{shutil.copy(template, tmp_path / f'{service}.db')}"


@pytest.fixture
async def town(new_url: NewUrl, clock: Hands) -> AsyncIterator[Town]:
    town = Town({service.name: _open(service, new_url(service.name), clock) for service in SERVICES})
    for running in town.services.values():
        await running.begin()
    yield town
    for running in town.services.values():
        await running.store.close()


@pytest.fixture
async def intake(town: Town) -> Running:
    return town["intake"]


@pytest.fixture
async def careplan(town: Town) -> Running:
    return town["careplan"]


@pytest.fixture
async def scheduling(town: Town) -> Running:
    return town["scheduling"]


@pytest.fixture
async def coverage(town: Town) -> Running:
    return town["coverage"]


def _open(service: Service, url: str, clock: Hands) -> Running:
    store = Store.open(url, service=service.name, owns=service.keeps, follows=service.follows, clock=clock)
    return Running(service, store, clock)
