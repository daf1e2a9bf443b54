"""`/metrics`: what telemetry has counted, and what delivery says of itself at this moment."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from shared.runtime.running import Running

router = APIRouter(tags=["metrics"])


@router.get("/metrics", response_class=Response)
async def metrics(request: Request) -> Response:
    """Prometheus' text format: https://prometheus.io/docs/instrumenting/exposition_formats/"""
    running: Running = request.app.state.running
    running.telemetry.delivered(running.delivery.health())
    return Response(generate_latest(running.telemetry.registry), media_type=CONTENT_TYPE_LATEST)
