"""Pages that a service shows beside `/fhir`: JSON made from one look at its store."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from shared.service import Deployed
from shared.store.view import View

Page = Route


def page(deployed: Deployed, path: str, look: Callable[[View], Any]) -> Page:
    """`GET path` answers what `look` finds. A Refusal that it raises is said as an OperationOutcome."""

    async def shown(_: Request) -> Response:
        return Response(orjson.dumps(await deployed.store.view(look)), media_type="application/json")

    return Route(path, shown, methods=["GET"])
