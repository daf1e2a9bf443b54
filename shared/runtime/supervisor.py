"""`python -m shared.runtime.supervisor services.directory`: the broker and every service of a directory, kept running.

A process that dies is started again and the others go on. SIGINT, SIGTERM and SIGHUP stop all: services first, the broker
last. Process ids stand in `CARE_DATA_DIR/run/<name>.pid`.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import fcntl
import importlib
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from shared.kernel.settings import Settings
from shared.runtime import broker
from shared.runtime.ports import is_free
from shared.runtime.probe import is_ready
from shared.runtime.program import Program

STOP_SERVICES_SECONDS, STOP_BROKER_SECONDS = 10.0, 3.0
_READY_POLL_SECONDS = 0.1


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs until stopped, answers 0; 1 with a sentence on stderr where it cannot start."""
    parser = argparse.ArgumentParser(prog="supervisor", description=__doc__)
    parser.add_argument("directory", help="module whose DIRECTORY names the services, beside their packages")
    chosen: str = parser.parse_args(arguments).directory
    services = tuple(importlib.import_module(chosen).DIRECTORY.owns)
    settings = Settings()
    try:
        with _alone_in(settings.run_dir):
            _check_ports(settings, services)
            asyncio.run(_supervise(settings, services, chosen.rpartition(".")[0]))
    except OSError as refused:
        _say(str(refused))
        return 1
    return 0


async def _supervise(settings: Settings, services: Sequence[str], package: str) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    brokers = [] if settings.nats_url else [_program("broker", settings, broker.command(settings))]
    kept = [_program(name, settings, _serving(package, name)) for name in services]
    for program in (*brokers, *kept):
        program.start()
    announcing = asyncio.create_task(_announce(settings, services))
    await stop.wait()
    announcing.cancel()
    await asyncio.gather(*(program.stop(STOP_SERVICES_SECONDS) for program in kept))
    await asyncio.gather(*(program.stop(STOP_BROKER_SECONDS) for program in brokers))


def _program(name: str, settings: Settings, command: tuple[str, ...]) -> Program:
    return Program(name, command, settings.run_dir / f"{name}.pid", _say)


def _serving(package: str, name: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "shared.runtime.serve", f"{package}.{name}.app")


async def _announce(settings: Settings, services: Sequence[str]) -> None:
    """Print the addresses once every service is ready."""
    await asyncio.gather(*(_until_ready(settings.port(name, services)) for name in services))
    for name in services:
        print(f"{name:<12} http://{settings.host}:{settings.port(name, services)}/fhir", flush=True)
    print(f"{'broker':<12} {settings.broker_url}", flush=True)
    print(f"Careloom is ready; data in {settings.data_dir}, Ctrl-C stops it.", flush=True)


async def _until_ready(port: int) -> None:
    while not await asyncio.to_thread(is_ready, port):  # noqa: ASYNC110 - it is another process that we wait for
        await asyncio.sleep(_READY_POLL_SECONDS)


@contextlib.contextmanager
def _alone_in(run_dir: Path) -> Iterator[None]:
    """Hold the data folder for this supervisor. Raises BlockingIOError while another one has it."""
    run_dir.mkdir(parents=True, exist_ok=True)
    own = run_dir / "supervisor.pid"
    with own.open("a+") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BlockingIOError(f"Another supervisor runs on {run_dir.parent}; choose another CARE_DATA_DIR") from None
        held.truncate(0)
        held.write(f"{os.getpid()}\n")
        held.flush()
        yield
        own.unlink(missing_ok=True)


def _check_ports(settings: Settings, services: Sequence[str]) -> None:
    """Raises OSError that names the first port somebody else listens on."""
    ports = {settings.port(name, services): "CARE_PORT_BASE" for name in services}
    if not settings.nats_url:
        ports[settings.nats_port] = "CARE_NATS_PORT"
    if settings.mllp_port:
        ports[settings.mllp_port] = "CARE_MLLP_PORT, or off"
    for port, setting in ports.items():
        if not is_free(port):
            raise OSError(f"Port {port} is taken; choose another {setting}")


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
