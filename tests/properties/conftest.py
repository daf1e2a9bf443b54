"""Whole services on both databases, for tests that try them with everything."""

from __future__ import annotations

import importlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import orjson
import pytest

from shared.kernel.settings import Settings
from shared.runtime.app import build_app
from shared.runtime.application import Application
from shared.service import Service
from tests.properties.resources import LEGAL
from tests.properties.wire import Answered, Sent, ask


@dataclass(frozen=True, slots=True)
class Served:
    """A service as it is deployed, but for its broker, which is away."""

    service: Service
    app: Application

    async def ask(self, sent: Sent) -> Answered:
        return await ask(self.app, sent)


Serve = Callable[[str], AbstractAsyncContextManager[Served]]
"""Starts a service by its name, with the legal resources in it."""


@pytest.fixture
def serve(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Serve:
    @asynccontextmanager
    async def serving(name: str) -> AsyncIterator[Served]:
        monkeypatch.setenv(f"CARE_{name.upper()}_DATABASE_URL", database_url)
        service: Service = importlib.import_module(f"services.{name}.app").service
        settings = Settings(data_dir=tmp_path, nats_url="nats://127.0.0.1:9", mllp_port=None, max_body_bytes=300_000)
        app = build_app(service, settings)
        async with app.router.lifespan_context(app):
            served = Served(service, app)
            for resource in LEGAL[name]:
                address = f"/fhir/{resource['resourceType']}/{resource['id']}"
                answered = await served.ask(Sent("PUT", address, body=(orjson.dumps(resource),)))
                assert answered.status == 201, answered.body
            yield served

    return serving
