"""The four recipes of CONTRIBUTING.md do what they say, and are small."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.source import ROOT

PAGE = (ROOT / "CONTRIBUTING.md").read_text()
RECIPES = dict(re.findall(r"^### (.+?)\n.*?```diff\n(.*?)```", PAGE, re.MULTILINE | re.DOTALL))

TRIED = """
import asyncio, httpx
from services.careplan.app import app

PLAN = {"resourceType": "CarePlan", "status": "active", "intent": "plan", "subject": {"reference": "Patient/p"}}

async def main():
    async with app.router.lifespan_context(app):
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1/fhir/") as http:
            await tried(http, app.state.running.deployed)
"""

TRIALS = {
    "A resource type": """
async def tried(http, careplan):
    order = {"resourceType": "NutritionOrder", "status": "active", "intent": "order", "dateTime": "2026-11-23",
             "patient": {"reference": "Patient/p"}}
    assert (await http.post("NutritionOrder", json=order)).status_code == 201
    assert (await http.get("NutritionOrder?patient=Patient/p&status=active")).json()["total"] == 1
    assert (await http.post("NutritionOrder", json=order | {"status": "bogus"})).status_code == 422
""",
    "A rule": """
async def tried(http, careplan):
    goal = {"resourceType": "Goal", "lifecycleStatus": "active", "description": {"text": "walk"}, "startDate": "2026-11-23",
            "subject": {"reference": "Patient/p"}, "target": [{"dueDate": "2026-12-24"}, {"dueDate": "2026-11-01"}]}
    refused = await http.post("Goal", json=goal)
    assert refused.status_code == 422
    assert refused.json()["issue"][0]["expression"] == ["Goal.target[1].dueDate"]
""",
    "An event and a reaction": """
from datetime import UTC, datetime
from services.careplan.vocabulary import CASE
from services.intake.announcements import EPISODE_OF_CARE
from shared.events.event import Event
from shared.fhir.change import Change, name_of

async def tried(http, careplan):
    assert name_of(Change({"status": "active"}, {"status": "onhold"}), EPISODE_OF_CARE) == "rested"
    made = await http.post("CarePlan", json=PLAN | {"identifier": [{"system": CASE, "value": "c"}]})
    assert made.status_code == 201, made.text
    rested = Event("1", "EpisodeOfCare", "rested", "c", 2, datetime(2026, 11, 23, tzinfo=UTC), "/careloom/intake")
    await careplan.store.unit(lambda tx: careplan.service.reacts["EpisodeOfCare.rested"](rested, tx))
    assert (await http.get("CarePlan/" + made.json()["id"])).json()["status"] == "on-hold"
""",
    "An operation": """
async def tried(http, careplan):
    made = await http.post("CarePlan", json=PLAN)
    assert made.status_code == 201, made.text
    held = await http.post("CarePlan/" + made.json()["id"] + "/$hold")
    assert held.status_code == 200, held.text
    assert held.json()["status"] == "on-hold"
""",
}


def test_there_are_four() -> None:
    assert set(RECIPES) == set(TRIALS)


@pytest.mark.parametrize("name", TRIALS)
def test_a_recipe_is_under_fifteen_lines(name: str) -> None:
    changed = [line for line in RECIPES[name].splitlines() if re.match(r"[+-](?!-- )", line)]

    assert 0 < len(changed) < 15


@pytest.mark.parametrize("name", TRIALS)
def test_a_recipe_works(name: str, tmp_path: Path) -> None:
    project = a_copy_of_the_project(tmp_path / "project")
    apply(RECIPES[name], project)
    environment = os.environ | {"CARE_DATA_DIR": str(tmp_path), "CARE_NATS_URL": "nats://127.0.0.1:9", "CARE_CLOCK": "system"}

    script = f"{TRIED}\n{TRIALS[name]}\nasyncio.run(main())"
    ended = subprocess.run(
        [sys.executable, "-c", script], cwd=project, env=environment, capture_output=True, text=True, timeout=120, check=False
    )

    assert ended.returncode == 0, ended.stderr


def a_copy_of_the_project(folder: Path) -> Path:
    for name in ("services", "shared"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def apply(recipe: str, project: Path) -> None:
    """Hunks have no line numbers: what they find must stand in the file exactly once."""
    for name, hunks in re.findall(r"^--- (\S+)\n(.*?)(?=^--- |\Z)", recipe, re.MULTILINE | re.DOTALL):
        file = project / name
        for hunk in hunks.split("@@\n")[1:]:
            lines = hunk.splitlines(keepends=True)
            before = "".join(line[1:] for line in lines if line[0] != "+")
            after = "".join(line[1:] for line in lines if line[0] != "-")
            text = file.read_text()
            assert text.count(before) == 1, f"{name} holds this {text.count(before)} times:\n{before}"
            file.write_text(text.replace(before, after))
