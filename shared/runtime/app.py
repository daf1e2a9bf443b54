"""The composition root: a Service value in, an application out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

import structlog
from fastapi import FastAPI
from starlette.routing import BaseRoute

from shared.delivery import doors
from shared.kernel.clock import clock_of
from shared.kernel.ids import new_id
from shared.kernel.meter import Meters
from shared.kernel.settings import Settings
from shared.kernel.trace import Cause
from shared.rest.access import Access
from shared.rest.routes import door
from shared.runtime import health, logs, metrics, soundness
from shared.runtime.application import Application
from shared.runtime.loopback import LoopbackOnly
from shared.runtime.refusing import refuse_in_fhir
from shared.runtime.running import Running
from shared.runtime.telemetry import Telemetry
from shared.runtime.traced import Traced
from shared.service import Deployed, Service
from shared.store.reindex import refresh
from shared.store.store import Store

log = structlog.get_logger()


def build_app(service: Service, settings: Settings | None = None) -> Application:
    """What `uvicorn services.<name>.app:app` serves. Nothing is opened before the application starts.

    Raises Unsound for a service that can't work, ValueError for settings that say nothing sensible.
    """
    soundness.check(service)
    chosen = settings or Settings()
    clock_of(chosen.clock)
    telemetry = Telemetry()

    def heard(access: Access) -> None:
        telemetry.accessed(access)
        logs.accessed(access)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        if not structlog.is_configured():
            logs.configure(service.name, chosen.log_level)
        async with AsyncExitStack() as stack:
            running = await _start(service, chosen, telemetry, stack)
            app.state.running = running
            app.door = LoopbackOnly(door(running.deployed, heard))
            app.router.routes[:0] = [*running.delivery.routes(), *_pages(running.deployed)]
            for part in service.parts:
                await stack.enter_async_context(part(running.deployed))
            log.info("started", types=len(service.owns), clock=chosen.clock)
            yield
            log.info("stopping")

    app = Application(title=f"Careloom {service.name}", lifespan=lifespan, redirect_slashes=False)
    app.include_router(health.router)
    app.include_router(metrics.router)
    refuse_in_fhir(app)
    app.add_middleware(Traced)
    app.add_middleware(LoopbackOnly)
    return app


def _pages(deployed: Deployed) -> Sequence[BaseRoute]:
    return deployed.service.pages(deployed) if deployed.service.pages else ()


async def _start(service: Service, settings: Settings, telemetry: Telemetry, stack: AsyncExitStack) -> Running:
    """Open the store, plant what the service starts with, then listen to events. The stack stops it in the other order."""
    clock = clock_of(settings.clock)
    url = settings.database_url(service.name)
    opening = partial(Store.open, url, service=service.name, owns=service.keeps, follows=service.follows, clock=clock)
    store = await asyncio.to_thread(opening)
    stack.push_async_callback(store.close, settings.grace.total_seconds() / 2)
    store.measure(telemetry.group)
    await refresh(store)
    deployed = Deployed(service, store, settings, clock, Meters(service.meters, telemetry.registry))
    if service.starts:
        await store.unit(service.starts, cause=Cause.start(new_id()))
    delivery = doors.start(deployed)
    stack.push_async_callback(delivery.stop)
    return Running(deployed, delivery, telemetry)
