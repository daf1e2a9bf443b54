"""The commands of README.md do what it says."""

from __future__ import annotations

import asyncio
import re
import shlex
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path

import httpx
import pytest

from deploy.demo.stack import Stack
from tests.architecture.source import ROOT

PAGE = (ROOT / "README.md").read_text()
SHELL = "".join(re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)).replace("\\\n", " ")
COMMANDS = [shlex.split(line) for line in SHELL.splitlines() if line.startswith("curl ")]


@pytest.fixture
async def stack(tmp_path: Path) -> AsyncIterator[Stack]:
    stack = Stack(tmp_path)
    stack.start()
    try:
        async with stack.stage():
            yield stack
    finally:
        stack.stop()


async def test_every_curl_is_answered_as_it_says(stack: Stack) -> None:
    answers = [await answered(command, stack) for command in COMMANDS]

    refused = [answer for answer in answers if answer.status_code >= 400]
    assert len(answers) == 7
    assert [answer.status_code for answer in refused] == [422]
    assert refused[0].json()["issue"][0]["expression"] == ["Patient.gender"]


async def answered(command: list[str], stack: Stack) -> httpx.Response:
    """What curl would get; a copy that is on its way is waited for."""
    options = dict(pairwise(command))
    url = next(word for word in command if word.startswith("http://"))
    url = re.sub(r":80(\d\d)", lambda port: f":{stack.ports + int(port[1])}", url)
    headers = dict([options["-H"].split(": ")]) if "-H" in options else {}
    async with httpx.AsyncClient(timeout=20) as client:
        for _ in range(100):
            answer = await client.request(options.get("-X", "GET"), url, headers=headers, content=options.get("-d"))
            if answer.status_code != 404:
                break
            await asyncio.sleep(0.05)
        return answer


def test_the_addresses_it_prints_are_those_of_the_directory() -> None:
    assert "\n".join(re.findall(r"^\w+ +http://127\.0\.0\.1:800\d/fhir$", PAGE, re.MULTILINE)) == (
        "intake       http://127.0.0.1:8001/fhir\n"
        "careplan     http://127.0.0.1:8002/fhir\n"
        "scheduling   http://127.0.0.1:8003/fhir\n"
        "coverage     http://127.0.0.1:8004/fhir"
    )
