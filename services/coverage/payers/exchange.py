"""One HTTP exchange with a payer: whatever goes wrong on the way is a Trouble, and nothing takes longer than it may."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import httpx

from .addresses import Address, Credentials
from .payer import Trouble

MOST_BYTES: Final = 4 * 1024 * 1024
_PASSING: Final = frozenset({408, 425, 429, 502, 503, 504})
_REFUSED: Final = (400, 500)


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


class Line:
    """The connections to one payer. Close it in the end."""

    def __init__(self, address: Address, credentials: Credentials, transport: httpx.AsyncBaseTransport | None = None) -> None:
        limits = httpx.Limits(max_connections=address.at_once + 1, max_keepalive_connections=address.at_once)
        self._seconds = address.attempt_seconds
        self._client = httpx.AsyncClient(
            timeout=address.attempt_seconds,
            limits=limits,
            verify=_trusted(credentials) if address.address.startswith("https") else False,
            transport=transport,
            follow_redirects=False,
        )

    async def get(self, address: str) -> Answer:
        return await self._exchange("GET", address, {}, b"")

    async def post(self, address: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """The answer, whatever its status below 500 is but those that pass. Raises Trouble for everything else."""
        return await self._exchange("POST", address, headers, body)

    async def close(self) -> None:
        await self._client.aclose()

    async def _exchange(self, method: str, address: str, headers: Mapping[str, str], body: bytes) -> Answer:
        try:
            async with asyncio.timeout(self._seconds):
                answer = await self._send(method, address, headers, body)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise Trouble("payer-away", repr(error), arrived=False, passing=True) from error
        except (TimeoutError, httpx.TimeoutException) as error:
            raise Trouble("payer-silent", repr(error), passing=True) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Trouble("payer-away", repr(error), passing=True) from error
        if answer.status in _PASSING or answer.status >= _REFUSED[1]:
            raise Trouble("payer-away", f"status {answer.status}", passing=answer.status in _PASSING)
        return answer

    async def _send(self, method: str, address: str, headers: Mapping[str, str], body: bytes) -> Answer:
        async with self._client.stream(method, address, headers=dict(headers), content=body) as streamed:
            read = bytearray()
            async for piece in streamed.aiter_bytes():
                read += piece
                if len(read) > MOST_BYTES:
                    raise Trouble("payer-broken", f"more than {MOST_BYTES:,} bytes")
            return Answer(streamed.status_code, streamed.headers, bytes(read))


def accepted(answer: Answer) -> bytes:
    """The body of an answer that is one. Raises Trouble for a refusal."""
    if answer.status >= _REFUSED[0]:
        raise Trouble("payer-refused", f"status {answer.status}: {answer.body[:500]!r}")
    return answer.body


def _trusted(credentials: Credentials) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if credentials.certificate:
        context.load_cert_chain(credentials.certificate, credentials.certificate_key)
    return context
