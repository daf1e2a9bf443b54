"""One service of the town, started in the test's own process."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from shared.kernel.settings import Settings
from shared.runtime.app import build_app
from tests.shared.runtime.stack import Stack
from tests.shared.runtime.town.east.app import service


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """No broker is at this address."""
    return Settings(data_dir=tmp_path, nats_url="nats://127.0.0.1:9", clock="+2d")


@pytest.fixture
async def app(settings: Settings) -> AsyncIterator[FastAPI]:
    app = build_app(service, settings)
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
async def http(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as client:
        yield client


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    """Broker, east and west as processes of their own, ready."""
    stack = Stack.start(tmp_path)
    try:
        stack.wait_until_ready()
        yield stack
    finally:
        stack.end()
