"""The HTTP door: makes a Request of what comes in, finds its interaction, and an HTTP response of its Answer.

One ASGI application for everything under `/fhir`. No middleware and no response classes: this is the hot path.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from time import perf_counter
from typing import Final

import structlog
from starlette.types import Receive, Scope, Send
from structlog.contextvars import bind_contextvars

from shared.fhir.refusal import Malformed, MethodNotAllowed, NotFound, Refusal
from shared.kernel.ids import new_id
from shared.kernel.trace import Cause
from shared.rest import media, response
from shared.rest.answer import Answer
from shared.rest.body import body_of
from shared.rest.interaction import Interaction, Table
from shared.rest.place import Place, place_of
from shared.rest.prefer import prefer_of
from shared.rest.request import ID, Request, pairs_of
from shared.rest.site import Site

log = structlog.get_logger()

HUGE: Final = 1024 * 1024
"""Bytes of a body. What is made of it takes some twenty times as many, so that only few of them are dealt with at once."""

_HUGE_AT_ONCE: Final = 2
_BODILESS = frozenset({"GET", "HEAD", "DELETE"})
_REQUEST_ID = re.compile(r"[\w.:-]{1,64}", re.ASCII)


class Door:
    """`prefix` is the path under which everything stands: `/fhir`."""

    def __init__(self, site: Site, table: Table, prefix: str = "/fhir") -> None:
        self._site = site
        self._table = table
        self._prefix = prefix
        self._allowed = _allowed(table)
        self._huge = asyncio.Semaphore(_HUGE_AT_ONCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = perf_counter()
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        place = place_of(scope["path"][len(self._prefix) :])
        request = self._request(scope, headers, place)
        bind_contextvars(trace_id=request.cause.trace_id)
        name = ""
        try:
            request.pairs = pairs_of(scope["query_string"].decode("latin-1"))
            request.format = media.answer_type(headers.get("accept", ""), request.last("_format") or "")
            interaction = self._interaction(request, place)
            name = interaction.name
            if request.method not in _BODILESS:
                request.body = await body_of(receive, headers, self._site.settings.max_body_bytes)
            answer = await self._performed(interaction, request)
        except Refusal as refusal:
            answer = response.refused(refusal)
        except Exception:
            log.exception("a request failed", method=request.method, path=scope["path"], request=request.cause.id)
            answer = response.failed(request.cause.id)
        await response.send_answer(send, request, answer)
        self._site.tell(request, name, answer.status, perf_counter() - began)

    async def _performed(self, interaction: Interaction, request: Request) -> Answer:
        if len(request.body) <= HUGE:
            return await interaction.perform(self._site, request)
        async with self._huge:
            return await interaction.perform(self._site, request)

    def _request(self, scope: Scope, headers: Mapping[str, str], place: Place) -> Request:
        sent_id = headers.get("x-request-id", "")
        return Request(
            method=scope["method"],
            base=f"{scope['scheme']}://{headers.get('host', '')}{self._prefix}",
            cause=Cause.start(sent_id if _REQUEST_ID.fullmatch(sent_id) else new_id(), headers.get("traceparent")),
            type=place.type,
            id=place.id,
            version=place.version,
            operation=place.operation,
            headers=headers,
            media=headers.get("content-type", ""),
            prefer=prefer_of(headers.get("prefer", "")),
        )

    def _interaction(self, request: Request, place: Place) -> Interaction:
        found = self._table.get(("GET" if request.method == "HEAD" else request.method, place.shape))
        if found is not None:
            _check_id(request)
            return found
        allowed = self._allowed.get(place.shape)
        if allowed is None:
            raise NotFound("there is nothing at this address")
        raise MethodNotAllowed(f"{request.method} is not done at this address", headers={"Allow": allowed})


def _check_id(request: Request) -> None:
    if request.id and not ID.fullmatch(request.id):
        said = "1 to 64 of A-Z, a-z, 0-9, - and . make an id; the address has another"
        raise Malformed(said) if request.method == "PUT" else NotFound(said)


def _allowed(table: Table) -> dict[str, str]:
    allowed: dict[str, list[str]] = {}
    for method, shape in table:
        allowed.setdefault(shape, []).extend(["GET", "HEAD"] if method == "GET" else [method])
    return {shape: ", ".join(methods) for shape, methods in allowed.items()}
