"""The HTTP door: makes a Request of what comes in, finds its interaction, and an HTTP response of its Answer.

One ASGI application for everything under `/fhir`. No middleware and no response classes: this is the hot path.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from time import perf_counter

import structlog
from starlette.types import Receive, Scope, Send

from shared.fhir.refusal import Malformed, MethodNotAllowed, NotFound, Refusal
from shared.kernel.ids import new_id
from shared.kernel.trace import Cause
from shared.rest import media, response
from shared.rest.body import body_of
from shared.rest.interaction import Interaction, Table
from shared.rest.place import Place, place_of
from shared.rest.prefer import prefer_of
from shared.rest.request import ID, Request, pairs_of
from shared.rest.site import Site

log = structlog.get_logger()

_REQUEST_ID = re.compile(r"[\w.:-]{1,64}", re.ASCII)


class Door:
    """`prefix` is the path under which everything stands: `/fhir`."""

    def __init__(self, site: Site, table: Table, prefix: str = "/fhir") -> None:
        self._site = site
        self._table = table
        self._prefix = prefix
        self._allowed = _allowed(table)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = perf_counter()
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        sent_id = headers.get("x-request-id", "")
        cause = Cause.start(sent_id if _REQUEST_ID.fullmatch(sent_id) else new_id(), headers.get("traceparent"))
        place = place_of(scope["path"][len(self._prefix) :])
        request = Request(scope["method"], f"{scope['scheme']}://{headers.get('host', '')}{self._prefix}", cause)
        name = ""
        try:
            self._fill(request, place, scope["query_string"].decode("latin-1"), headers)
            _check_id(request)
            interaction = self._interaction(request.method, place)
            name = interaction.name
            request.format = media.answer_type(headers.get("accept", ""), request.last("_format") or "")
            if request.method not in ("GET", "HEAD", "DELETE"):
                request.body = await body_of(receive, headers, self._site.settings.max_body_bytes)
                request.media = headers.get("content-type", "")
            answer = await interaction.perform(self._site, request)
        except Refusal as refusal:
            answer = response.refused(refusal)
        except Exception:
            log.exception("a request failed", method=request.method, path=scope["path"], request=cause.id)
            answer = response.failed(cause.id)
        await response.send_answer(send, request, answer)
        self._site.tell(request, name, answer.status, perf_counter() - began)

    def _interaction(self, method: str, place: Place) -> Interaction:
        found = self._table.get(("GET" if method == "HEAD" else method, place.shape))
        if found is not None:
            return found
        allowed = self._allowed.get(place.shape)
        if allowed is None:
            raise NotFound("there is nothing at this address")
        raise MethodNotAllowed(f"{method} is not done at this address", headers={"Allow": allowed})

    def _fill(self, request: Request, place: Place, query: str, headers: Mapping[str, str]) -> None:
        request.type, request.id = place.type, place.id
        request.version, request.operation = place.version, place.operation
        request.headers = headers
        request.prefer = prefer_of(headers.get("prefer", ""))
        if query:
            request.pairs = pairs_of(query)


def _check_id(request: Request) -> None:
    if request.id and not ID.fullmatch(request.id):
        said = "1 to 64 of A-Z, a-z, 0-9, - and . make an id; the address has another"
        raise Malformed(said) if request.method == "PUT" else NotFound(said)


def _allowed(table: Table) -> dict[str, str]:
    allowed: dict[str, list[str]] = {}
    for method, shape in table:
        allowed.setdefault(shape, []).extend(["GET", "HEAD"] if method == "GET" else [method])
    return {shape: ", ".join(methods) for shape, methods in allowed.items()}
