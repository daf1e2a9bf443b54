"""Without authentication nobody but this machine gets in."""

from __future__ import annotations

import os
import subprocess
import sys

import httpx
import pytest
from fastapi import FastAPI

from shared.runtime.loopback import NotLoopback, check


@pytest.mark.parametrize("host", ["0.0.0.0", "", "::", "192.0.2.7"])
def test_an_address_that_others_could_reach_is_refused(host: str) -> None:
    with pytest.raises(NotLoopback, match="no authentication"):
        check(host)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.9", "::1", "localhost"])
def test_loopback_is_fine(host: str) -> None:
    check(host)


def test_a_service_told_to_listen_everywhere_does_not_start_and_says_why() -> None:
    serving = [sys.executable, "-m", "shared.runtime.serve", "tests.shared.runtime.town.east.app"]

    ended = subprocess.run(
        serving, env=os.environ | {"CARE_HOST": "0.0.0.0"}, capture_output=True, text=True, timeout=30, check=False
    )

    assert ended.returncode == 2
    assert "loopback only" in ended.stderr


async def test_whoever_bound_another_address_what_comes_in_there_is_refused(app: FastAPI) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://192.0.2.7") as outside:
        answer = await outside.get("/fhir/Patient/1")

    assert answer.status_code == 403
    assert answer.json()["resourceType"] == "OperationOutcome"
