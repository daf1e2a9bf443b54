"""`/livez`: the process answers. `/readyz`: it can do its work; a broker that is away costs delay, not readiness."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse

from shared.runtime.running import Running
from shared.store.migrate import revision
from shared.store.view import View

router = APIRouter(tags=["health"])

_DATABASE_SECONDS = 2.0


@router.get("/livez", response_class=PlainTextResponse)
async def livez() -> str:
    """The process runs and its event loop turns."""
    return "ok"


@router.get("/readyz")
async def readyz(request: Request) -> Response:
    """200 when requests can be answered, else 503: the database and its migrations; broker, backlog and clock are shown."""
    running: Running | None = getattr(request.app.state, "running", None)
    if running is None:
        return JSONResponse({"status": "starting"}, 503)
    database, migration = await _database(running)
    found: dict[str, Any] = {
        "status": "ready" if database == "ok" else "unavailable",
        "service": running.deployed.service.name,
        "database": database,
        "migration": migration,
        "clock": {"setting": running.deployed.settings.clock, "now": running.deployed.clock().isoformat()},
        "delivery": running.delivery.health(),
    }
    return JSONResponse(found, 200 if database == "ok" else 503)


async def _database(running: Running) -> tuple[str, str | None]:
    """`ok` or what is wrong, and the migration that the database is at (the store opens only when all are done)."""
    url = running.deployed.settings.database_url(running.deployed.service.name)
    try:
        async with asyncio.timeout(_DATABASE_SECONDS):
            await running.deployed.store.view(_touch)
            return "ok", await asyncio.to_thread(revision, url)
    except Exception as wrong:  # noqa: BLE001 (whatever it is, the database is not there)
        return type(wrong).__name__, None


def _touch(view: View) -> None:
    view.connection.row("SELECT 1")
