"""Without authentication a service answers on loopback only. (Goes when a way to authenticate is configured.)"""

from __future__ import annotations

import ipaddress
import socket
from functools import lru_cache

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.fhir import text
from shared.fhir.issue import Issue
from shared.fhir.refusal import outcome

SENTENCE = "There is no authentication yet, so Careloom listens on loopback only (CARE_HOST=127.0.0.1)"


class NotLoopback(ValueError):
    """An address that others could reach."""


def check(host: str) -> None:
    """Raises NotLoopback for a host that is, or resolves to, anything but loopback."""
    for found in socket.getaddrinfo(host or "0.0.0.0", None, proto=socket.IPPROTO_TCP):  # noqa: S104
        if not ipaddress.ip_address(str(found[4][0]).partition("%")[0]).is_loopback:
            raise NotLoopback(f"{SENTENCE}; {host or 'every address'} is refused")


class LoopbackOnly:
    """Refuses what came in through another address, whoever bound it (`uvicorn --host 0.0.0.0 …`)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        issue = Issue(SENTENCE, code="forbidden", status=403)
        self._refused = Response(text.dump(outcome([issue])), 403, media_type="application/fhir+json")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and (server := scope.get("server")) and not _is_inside(server[0]):
            await self._refused(scope, receive, send)
            return
        await self._app(scope, receive, send)


@lru_cache(maxsize=64)
def _is_inside(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return True  # the path of a Unix socket, or a name that a test made up
