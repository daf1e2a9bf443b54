"""Every request belongs to a trace: the caller's, or one that begins here. Log lines of the request carry its id."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send
from structlog.contextvars import bound_contextvars

from shared.kernel.trace import Cause

_HEADER = b"traceparent"


class Traced:
    """Hands requests on with a valid `traceparent`, so that whatever asks for it further in finds the same trace.

    https://www.w3.org/TR/trace-context/#traceparent-header
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        sent = next((value for name, value in scope["headers"] if name == _HEADER), b"")
        cause = Cause.start("request", sent.decode("latin-1"))
        others = [(name, value) for name, value in scope["headers"] if name != _HEADER]
        scope["headers"] = [*others, (_HEADER, cause.traceparent.encode())]
        with bound_contextvars(trace_id=cause.trace_id):
            await self._app(scope, receive, send)
