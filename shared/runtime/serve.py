"""`python -m shared.runtime.serve services.careplan.app`: one service on its port of the directory, until stopped."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence

import uvicorn

from shared.kernel.settings import Settings
from shared.runtime import logs, loopback
from shared.runtime.soundness import Unsound
from shared.service import Service


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
    logs.configure(chosen.split(".")[-2], settings.log_level)
    try:
        module = importlib.import_module(chosen)
    except Unsound as refused:
        print(refused, file=sys.stderr)
        return 2
    service: Service = module.service
    uvicorn.run(
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
    return 0


if __name__ == "__main__":
    sys.exit(main())
