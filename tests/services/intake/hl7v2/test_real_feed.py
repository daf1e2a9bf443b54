"""Messages as real senders write them, over the line: each is taken, and none twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.intake.hl7v2 import mapping
from tests.services.intake.hl7v2.conftest import OpenWard
from tests.services.intake.hl7v2.senders import Sender

SAMPLES = Path(__file__).parents[5] / "shared" / "data" / "v2"


async def test_every_sample_is_taken_once_however_often_it_is_sent(open_ward: OpenWard) -> None:
    files = sorted(SAMPLES.glob("*.hl7"))
    if not files:
        pytest.skip(f"the shared data has no {SAMPLES}")
    async with open_ward(mapping.apply) as ward, Sender(ward.port) as sender:
        first = {file.name: (await sender.tell(file.read_bytes())).text for file in files}
        kept = await ward.journal()
        again = {file.name: (await sender.tell(file.read_bytes())).text for file in files}

        assert {name for name, answer in first.items() if "MSA|AA|" not in answer} == set()
        assert {name for name, answer in again.items() if "MSA|AA|" not in answer} == set()
        assert await ward.journal() == kept
        assert len(kept) == len(files)
        flagged = [record for record in kept if record.body["repeated_control_id"]]
        assert {record.keys["control"] for record in flagged} == {"MSG00001"}
