"""The floor of every HTTP door: an ASGI application that reads the body and answers what it was told to, served as services are.

`python -m bench.bare <port>`; `PUT /answer` tells it: the status in the query, headers and body as they are to be answered.
"""

from __future__ import annotations

import sys

import uvicorn
from starlette.types import Receive, Scope, Send

_NOT_COPIED = frozenset({b"date", b"connection", b"host"})


class Bare:
    """Every request gets the same answer."""

    def __init__(self) -> None:
        self._start = {"type": "http.response.start", "status": 204, "headers": []}
        self._body = {"type": "http.response.body", "body": b""}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        if scope["path"] == "/answer":
            self._learn(scope, body)
        await send(self._start)
        await send(self._body)

    def _learn(self, scope: Scope, body: bytes) -> None:
        headers = [(name, value) for name, value in scope["headers"] if name not in _NOT_COPIED]
        self._start = {"type": "http.response.start", "status": int(scope["query_string"]), "headers": headers}
        self._body = {"type": "http.response.body", "body": body}


if __name__ == "__main__":
    uvicorn.run(
        Bare(),
        host="127.0.0.1",
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_config=None,
        server_header=False,
        lifespan="off",
    )
