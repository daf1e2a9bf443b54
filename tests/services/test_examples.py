"""The official R4 examples of every type are taken: an EHR's record is not ours to censor."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.directory import DIRECTORY
from shared.fhir import text
from shared.fhir.text import Draft
from tests.services.town import Running, Town

EXAMPLES = Path(__file__).parents[3] / "shared" / "data" / "r4-examples"


async def test_no_rule_and_no_consequence_refuses_an_official_example(town: Town) -> None:
    paths = sorted(EXAMPLES.glob("*.json"))
    if not paths:
        pytest.skip(f"the shared data has no {EXAMPLES}")
    drafts = [text.parse(path.read_bytes()) for path in paths]

    for draft in drafts:
        owner = DIRECTORY.owner(draft.content["resourceType"])
        if owner:
            await write(town, owner, draft)
    await town.carry()

    letters = [letter for running in town.services.values() for letter in await dead_letters(running)]
    assert letters == []


async def write(town: Town, owner: str, draft: Draft) -> None:
    await town[owner].store.unit(lambda tx: tx.write(draft, draft.content["id"]))


async def dead_letters(running: Running) -> list[object]:
    return await running.store.view(lambda view: list(view.connection.rows("SELECT about, name, error FROM dead_letter")))
