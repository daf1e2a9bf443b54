"""`python -m deploy.demo`, as `make demo` calls it."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import orjson

from deploy.demo.stack import SERVICES, Stack

ROOT = Path(__file__).parents[2]


def demo(folder: Path, stack: Stack, *arguments: str) -> subprocess.CompletedProcess[str]:
    """With the settings of a stack that runs already, as in a shell where `make run` goes on."""
    command = (sys.executable, "-m", "deploy.demo", *arguments)
    settings = {"CARE_PORT_BASE": stack.ports, "CARE_NATS_PORT": stack.ports + 5, "CARE_DATA_DIR": stack.folder}
    environment = os.environ | {"TMPDIR": str(folder)} | {name: str(value) for name, value in settings.items()}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=180, check=False)


async def test_it_plays_the_case_for_the_patient_of_a_bundle_and_leaves_nothing_behind(tmp_path: Path, stack: Stack) -> None:
    patient = {"resourceType": "Patient", "name": [{"family": "Abara", "given": ["Chidi"]}]}
    weight = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"text": "weight"},
        "subject": {"reference": "urn:uuid:c0ffee00-0000-4000-8000-000000000001"},
    }
    entries = [
        {
            "fullUrl": f"urn:uuid:c0ffee00-0000-4000-8000-00000000000{place}",
            "resource": resource,
            "request": {"method": "POST", "url": resource["resourceType"]},
        }
        for place, resource in enumerate((patient, weight), 1)
    ]
    bundle = tmp_path / "bundle.json"
    bundle.write_bytes(orjson.dumps({"resourceType": "Bundle", "type": "transaction", "entry": entries}))
    async with stack.stage():
        beside = running(stack)

    done = demo(tmp_path, stack, "--bundle", str(bundle))

    assert done.returncode == 0, done.stdout + done.stderr
    assert "the record of Chidi: 2 entries" in done.stdout
    assert "case closed: Chidi has recovered fully" in done.stdout
    assert left_in(tmp_path) == [bundle]
    assert running(stack) == beside


def test_a_bundle_that_is_not_there_is_said_at_once(tmp_path: Path, stack: Stack) -> None:
    done = demo(tmp_path, stack, "--bundle", "nowhere.json")

    assert done.returncode == 2
    assert "nowhere.json is no file" in done.stderr


def left_in(folder: Path) -> list[Path]:
    return list(folder.iterdir())


def running(stack: Stack) -> dict[str, int]:
    """The stack's processes, and how many resources each service has."""
    processes = {name: int((stack.folder / "run" / f"{name}.pid").read_text()) for name in (*SERVICES, "broker")}
    resources = {f"{name}.db": rows_in(stack.folder / f"{name}.db") for name in SERVICES}
    return processes | resources


def rows_in(database: Path) -> int:
    with closing(sqlite3.connect(database)) as connection:
        return int(connection.execute("SELECT count(*) FROM version").fetchone()[0])
