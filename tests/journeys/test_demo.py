"""`python -m deploy.demo`, as `make demo` calls it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import orjson

ROOT = Path(__file__).parents[2]


def demo(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = (sys.executable, "-m", "deploy.demo", *arguments)
    environment = os.environ | {"TMPDIR": str(folder), "CARE_PORT_BASE": "1", "CARE_DATA_DIR": str(folder / "untouched")}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=180, check=False)


def test_it_plays_the_case_for_the_patient_of_a_bundle_and_leaves_nothing_behind(tmp_path: Path) -> None:
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

    done = demo(tmp_path, "--bundle", str(bundle))

    assert done.returncode == 0, done.stdout + done.stderr
    assert "the record of Chidi: 2 entries" in done.stdout
    assert "case closed: Chidi has recovered fully" in done.stdout
    assert list(tmp_path.iterdir()) == [bundle]


def test_a_bundle_that_is_not_there_is_said_at_once(tmp_path: Path) -> None:
    done = demo(tmp_path, "--bundle", "nowhere.json")

    assert done.returncode == 2
    assert "nowhere.json is no file" in done.stderr
