"""`/cds-services`: discovery, the six hooks, feedback. https://cds-hooks.hl7.org/2.0/"""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from services.coverage.crd.answering import answer
from services.coverage.crd.called import called
from services.coverage.crd.feedback import feedback_in, keep
from services.coverage.crd.hooks import HOOKS, Hook, discovery
from shared.fhir import text
from shared.fhir.refusal import NotFound
from shared.kernel.meter import Meter
from shared.rest.body import body_of
from shared.service import Deployed

SECONDS = Meter("careloom_crd_seconds", "From a hook's call to its answer (CRD: 5 s or 10 s).", ("hook",), "seconds")


def routes(deployed: Deployed) -> Sequence[BaseRoute]:
    async def discover(_: Request) -> Response:
        return _json(discovery())

    async def invoke(request: Request) -> Response:
        """Raises NotFound, Malformed, PreconditionFailed, Unprocessable."""
        began, hook = perf_counter(), _hook(request)
        body = await body_of(request.receive, request.headers, deployed.settings.max_body_bytes)
        said = await answer(called(hook, body), deployed)
        deployed.meters.time(SECONDS, perf_counter() - began, hook.name)
        return _json(said)

    async def feed_back(request: Request) -> Response:
        """Raises NotFound, Malformed."""
        hook = _hook(request)
        entries = feedback_in(await body_of(request.receive, request.headers, deployed.settings.max_body_bytes))
        await deployed.store.unit(lambda tx: keep(hook, entries, tx))
        return _json({})

    return (
        Route("/cds-services", discover, methods=["GET"]),
        Route("/cds-services/{id}", invoke, methods=["POST"]),
        Route("/cds-services/{id}/feedback", feed_back, methods=["POST"]),
    )


def _hook(request: Request) -> Hook:
    hook = HOOKS.get(request.path_params["id"])
    if hook is None:
        raise NotFound(f"there is no service {request.path_params['id']}; /cds-services lists them")
    return hook


def _json(content: dict[str, Any]) -> Response:
    """Numbers keep their text, as resources are in it."""
    return Response(text.dump(content), media_type="application/json")
