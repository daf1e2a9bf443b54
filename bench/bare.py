"""The floor of every HTTP door: an ASGI application that reads the body and answers it, served like a service.

`python -m bench.bare <port>`
"""

from __future__ import annotations

import sys

import uvicorn
from starlette.types import Receive, Scope, Send

HEADERS = [(b"content-type", b"application/fhir+json"), (b"etag", b'W/"1"')]


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    body = b""
    if scope["type"] != "http":
        return
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    answer = body or PLAN
    headers = [*HEADERS, (b"content-length", str(len(answer)).encode())]
    await send({"type": "http.response.start", "status": 201 if body else 200, "headers": headers})
    await send({"type": "http.response.body", "body": answer})


PLAN = b"{" + b" " * 3600 + b"}"

if __name__ == "__main__":
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_config=None,
        lifespan="off",
    )
