"""The settings of the broker on one machine."""

from __future__ import annotations

import subprocess
from pathlib import Path

from shared.kernel.settings import Settings
from shared.runtime import broker


def test_the_broker_takes_them(tmp_path: Path) -> None:
    command = broker.command(Settings(data_dir=tmp_path))

    ended = subprocess.run([command[0], "--config", str(broker.CONFIGURATION), "-t"], capture_output=True, text=True, check=False)

    assert ended.returncode == 0, ended.stderr
    assert "is valid" in ended.stderr


def test_it_listens_on_loopback_and_keeps_all_in_the_data_folder(tmp_path: Path) -> None:
    command = broker.command(Settings(data_dir=tmp_path, nats_port=4999))
    options = dict(zip(command[1::2], command[2::2], strict=False))

    assert options["--addr"] == "127.0.0.1"
    assert "4999" in command
    assert command[command.index("--store_dir") + 1].startswith(str(tmp_path))


def test_events_of_eight_megabytes_pass() -> None:
    assert "max_payload: 8MB" in broker.CONFIGURATION.read_text()
