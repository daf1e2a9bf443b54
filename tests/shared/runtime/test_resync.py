"""An operator has a service load its copies again."""

from __future__ import annotations

import os
import subprocess
import sys

import httpx

from tests.shared.runtime.stack import Stack, until


def test_a_running_service_loads_its_copies_again(stack: Stack) -> None:
    httpx.post(f"{stack.url('east')}/fhir/Patient", json={"resourceType": "Patient"}).raise_for_status()
    until(lambda: httpx.get(f"{stack.url('west')}/fhir/Patient").json().get("total") == 1, 20)

    ended = resync("west", environment=stack.environment)

    assert ended.stdout.split() == ["Patient", "1", "versions", "read"]
    assert ended.returncode == 0


def test_a_service_that_is_not_known_is_said_to_be_so() -> None:
    ended = resync("north", environment=dict(os.environ))

    assert ended.returncode == 1
    assert ended.stderr == "SERVICE is one of east, west\n"


def resync(service: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "shared.runtime.resync", "tests.shared.runtime.town.directory", service]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
