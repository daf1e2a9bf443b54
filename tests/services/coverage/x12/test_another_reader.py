"""What we write is read by a parser that nobody here wrote: node-x12, in its strict mode."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from services.coverage.x12.answering import reply_to
from services.coverage.x12.control import ControlNumbers
from services.coverage.x12.writing import write
from shared.kernel.settings import Settings
from shared.service import Deployed
from tests.services.building import a_benefit, a_coverage, an_insurance_plan
from tests.services.coverage.x12.interchanges import ASKING, a_270, an_interchange
from tests.services.coverage.x12.test_asking import a_question
from tests.services.town import MONDAY, Running

READER = Path(__file__).parent / "reader"
Groups = list[dict[str, Any]]

pytestmark = pytest.mark.skipif(not (shutil.which("node") and shutil.which("npm")), reason="node and npm are not installed")


@pytest.fixture(scope="module")
def another_reader(tmp_path_factory: pytest.TempPathFactory) -> Callable[[bytes], Groups]:
    """Reads an interchange: groups with their kind and their sets' segments. Fails with the parser's complaint."""
    folder = tmp_path_factory.mktemp("reader")
    shutil.copytree(READER, folder, dirs_exist_ok=True)
    install = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(install, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode:
        pytest.skip(f"node-x12 can't be installed: {done.stderr.strip().splitlines()[-1:]}")

    def read(interchange: bytes) -> Groups:
        done = subprocess.run(["node", "read.js"], cwd=folder, input=interchange, capture_output=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr.decode()
        groups: Groups = json.loads(done.stdout)
        return groups

    return read


async def reply(coverage: Running, question: str) -> bytes:
    deployed = Deployed(coverage.service, coverage.store, Settings(), coverage.clock)
    return (await reply_to(question.encode("latin-1"), deployed, ControlNumbers(coverage.store))).body


async def test_a_271_is_read(coverage: Running, another_reader: Callable[[bytes], Groups]) -> None:
    await coverage.save(an_insurance_plan(a_benefit("PT"), a_benefit("98", needs_authorization=True)))
    await coverage.save(a_coverage(subscriberId="NS-4471"))
    everything = a_270(*ASKING[:-1], "EQ*30^PT^98^AL")

    [group] = another_reader(await reply(coverage, an_interchange(everything, a_270(control="0002"))))

    assert (group["kind"], len(group["sets"])) == ("HB", 2)
    assert ["EB", "1", "", "30", "", "Choice"] in group["sets"][0]


async def test_a_rejection_and_a_999_are_read(coverage: Running, another_reader: Callable[[bytes], Groups]) -> None:
    broken = [each.replace("NM1*IL", "NM1*QQ") for each in a_270(control="0002")]

    answered, refused = another_reader(await reply(coverage, an_interchange(a_270(), broken)))

    assert ["AAA", "N", "", "75", "C"] in answered["sets"][0]
    assert (refused["kind"], refused["sets"][0][-1][0]) == ("FA", "AK9")


def test_a_270_is_read(another_reader: Callable[[bytes], Groups]) -> None:
    [group] = another_reader(write(a_question(), MONDAY, "CARELOOM", "NSTAR"))

    assert group["kind"] == "HS"
    assert ["EQ", "PT^98^AL"] in group["sets"][0]
