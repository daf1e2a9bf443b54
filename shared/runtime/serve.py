"""`python -m shared.runtime.serve services.careplan.app`: one service on its port of the directory, until stopped."""

from __future__ import annotations

import argparse
import importlib
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

import uvicorn

from shared.kernel.settings import Settings
from shared.runtime import logs, loopback, memory
from shared.runtime.soundness import Unsound
from shared.service import Service
from shared.store.migrate import migrating

_NOT_STARTED: Final = 3
"""As uvicorn's own command answers."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs until SIGINT or SIGTERM, answers 0; 2 with a sentence on stderr for an address or a service that is refused."""
    parser = argparse.ArgumentParser(prog="serve", description=__doc__)
    parser.add_argument("module", help="a module with `service` and `app`, such as services.<name>.app")
    chosen: str = parser.parse_args(arguments).module
    settings = Settings()
    try:
        loopback.check(settings.host)
    except loopback.NotLoopback as refused:
        print(refused, file=sys.stderr)
        return 2
    name = chosen.split(".")[-2]
    memory.spare()
    logs.configure(name, settings.log_level)
    try:
        with migrating(settings.database_url(name)):
            module = importlib.import_module(chosen)
    except Unsound as refused:
        print(refused, file=sys.stderr)
        return 2
    service: Service = module.service
    memory.share_arenas()
    config = uvicorn.Config(
        module.app,
        host=settings.host,
        port=settings.port(service.name, service.directory.owns),
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=max(1, int(settings.grace.total_seconds() / 2)),
    )
    server = _Server(config)
    with suppress(KeyboardInterrupt):
        server.run()
    return 0 if server.started else _NOT_STARTED


class _Server(uvicorn.Server):
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        memory.settle()


if __name__ == "__main__":
    sys.exit(main())
