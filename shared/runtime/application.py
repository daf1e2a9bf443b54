"""A FastAPI application whose FHIR door stands before everything else: nothing lies between a client and the hot path."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

PREFIX = "/fhir"


class Application(FastAPI):
    """`door` is given what comes for `/fhir` and below, as soon as the store is open; FastAPI answers the rest.

    FastAPI's own layers (exceptions, telemetry, body limit, exit stack, routing) cost as much as reading a resource does.
    """

    door: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.door is not None and scope["type"] == "http" and _is_fhir(scope["path"]):
            await self.door(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def _is_fhir(path: str) -> bool:
    return path.startswith(PREFIX) and path[len(PREFIX) : len(PREFIX) + 1] in ("", "/")
