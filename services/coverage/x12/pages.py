"""`POST /x12/270`: the payer's counter for those who speak X12. CAQH CORE 270: real time, an answer within 20 seconds."""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from shared.fhir.refusal import UnsupportedMedia
from shared.kernel.meter import Meter
from shared.rest.body import body_of
from shared.service import Deployed

from .answering import reply_to
from .control import ControlNumbers

TAKEN: Final = ("application/edi-x12", "text/plain", "application/octet-stream")

SECONDS = Meter("careloom_x12_seconds", "From a 270's arrival to its answer (CAQH CORE: 20 s).", ("outcome",), "seconds")


def routes(deployed: Deployed) -> Sequence[BaseRoute]:
    numbers = ControlNumbers(deployed.store)

    async def inquire(request: Request) -> Response:
        """Raises UnsupportedMedia, TooLarge, Malformed."""
        began = perf_counter()
        media = _media(request)
        body = await body_of(request.receive, request.headers, deployed.settings.max_body_bytes)
        reply = await reply_to(body, deployed, numbers)
        deployed.meters.time(SECONDS, perf_counter() - began, reply.outcome)
        return Response(reply.body, headers={"content-type": media})

    return (Route("/x12/270", inquire, methods=["POST"]),)


def _media(request: Request) -> str:
    """The answer is in the type of the question; X12's own where that has none."""
    said = request.headers.get("content-type", TAKEN[0])
    if said.partition(";")[0].strip().lower() not in TAKEN:
        raise UnsupportedMedia(f"an interchange is sent as {', '.join(TAKEN)}, not as {said}")
    return said
