"""Pages that a service shows beside `/fhir`: JSON made from one look at its store, and those for who looks after it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, Literal

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from shared.fhir.refusal import NotFound
from shared.rest.body import body_of
from shared.service import Deployed
from shared.store.view import View

Page = Route


def page(deployed: Deployed, path: str, look: Callable[[View], Any]) -> Page:
    """`GET path` answers what `look` finds. A Refusal that it raises is said as an OperationOutcome."""

    async def shown(_: Request) -> Response:
        return Response(orjson.dumps(await deployed.store.view(look)), media_type="application/json")

    return Route(path, shown, methods=["GET"])


@dataclass(frozen=True, slots=True)
class Asked:
    """What stands in the address: the named parts of its path, and its query (the last of each name)."""

    path: Mapping[str, str]
    query: Mapping[str, str]


def admin_page(method: Literal["GET", "POST"], path: str, answer: Callable[[Asked], Awaitable[Any]]) -> Page:
    """A page for this machine only: 403 for who asks from elsewhere. A Refusal is said as an OperationOutcome."""

    async def shown(request: Request) -> Response:
        if not _is_from_here(request):
            return Response(status_code=403)
        asked = Asked(request.path_params, request.query_params)
        if any("\0" in value for value in (*asked.path.values(), *asked.query.values())):
            raise NotFound("there is nothing at this address")
        return Response(orjson.dumps(await answer(asked)), media_type="application/json")

    return Route(path, shown, methods=[method])


@dataclass(frozen=True, slots=True)
class Sent:
    """What somebody has sent: the named parts of the path, the media type as it was written ("" for none), the body."""

    path: Mapping[str, str]
    media: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Said:
    """An answer of 200."""

    body: bytes
    media: str = "application/json"


def counter(deployed: Deployed, path: str, answer: Callable[[Sent], Awaitable[Said]]) -> Page:
    """`POST path` in whatever language is spoken there, up to the size of any body. A Refusal is said as an OperationOutcome."""

    async def served(request: Request) -> Response:
        body = await body_of(request.receive, request.headers, deployed.settings.max_body_bytes)
        said = await answer(Sent(request.path_params, request.headers.get("content-type", ""), body))
        return Response(said.body, headers={"content-type": said.media})

    return Route(path, served, methods=["POST"])


def _is_from_here(request: Request) -> bool:
    try:
        return request.client is not None and ip_address(request.client.host).is_loopback
    except ValueError:
        return False
