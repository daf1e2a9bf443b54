"""Services for tests: each on a fresh SQLite store, with a clock that the test moves."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.careplan.app import service as careplan_service
from services.coverage.app import service as coverage_service
from services.intake.app import service as intake_service
from services.scheduling.app import service as scheduling_service
from shared.service import Service
from shared.store.store import Store
from tests.services.town import Hands, Running, Town

SERVICES = (intake_service, careplan_service, scheduling_service, coverage_service)


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
async def town(sqlite_template: Path, tmp_path: Path, clock: Hands) -> AsyncIterator[Town]:
    town = Town({service.name: _open(service, sqlite_template, tmp_path, clock) for service in SERVICES})
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


def _open(service: Service, template: Path, folder: Path, clock: Hands) -> Running:
    path = folder / f"{service.name}.db"
    shutil.copy(template, path)
    store = Store.open(f"sqlite:///{path}", service=service.name, owns=service.owns, follows=service.follows, clock=clock)
    return Running(service, store, clock)
