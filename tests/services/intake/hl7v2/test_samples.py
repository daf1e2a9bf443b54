"""Real messages, with what another converter makes of them: the same facts are in our resources, but for the listed ones."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.services.intake.hl7v2.facts import Fact, facts
from tests.services.intake.hl7v2.feeding import feed
from tests.services.town import Resource, Town

SAMPLES = sorted((Path(__file__).parents[5] / "shared" / "data" / "v2").glob("*.hl7"))

IN_THE_JOURNAL = "who sent, entered and received a message is in the journal, with the message"
WHO_TO_ASK = "whom to ask about an appointment is no part of it: a Practitioner is made, with neither address nor place"
BOOKED = "what is booked for an appointment has accepted it; a resource that has not says so in AIP-12, AIL-12, AIG-14"

ON_PURPOSE: dict[Fact, str] = {
    ("Device", "identifier", "ADTApp"): IN_THE_JOURNAL,
    ("Device", "identifier", "SCHApp"): IN_THE_JOURNAL,
    ("Device", "identifier", "ADT1"): IN_THE_JOURNAL,
    ("Practitioner", "identifier", "C08"): IN_THE_JOURNAL,
    ("Practitioner", "name", "Woolfson", "Kathleen", "2ndname"): IN_THE_JOURNAL,
    ("Practitioner", "identifier", "9941339108"): IN_THE_JOURNAL,
    ("Practitioner", "name", "Smith", "Adam", "Mellie"): IN_THE_JOURNAL,
    ("Location", "name", "Cona_Health"): IN_THE_JOURNAL,
    ("Location", "name", "Good Health Hospital"): IN_THE_JOURNAL,
    ("Patient", "telecom", ""): "they lose the number that is written in parts (XTN-6, 7); we keep it",
    ("Encounter", "location", "planned", "OTWAITROOM"): "a temporary place (PV1-11) is where the patient is, as the guide has it",
    ("Appointment", "appointmentType", "CHECKUP"): "SCH-7 is a reason (table 0276), as the guide has it",
    ("Appointment", "participant status", "tentative"): BOOKED,
    ("Practitioner", "address", "GOODTOWN"): WHO_TO_ASK,
    ("Practitioner", "telecom"): WHO_TO_ASK,
    **{("Location", "name", name): WHO_TO_ASK for name in ("FACILITY2", "FACILITY3", "BUILDING2", "FLOOR1", "FLOOR2")},
}
"""Facts of theirs that are none of ours (their beginning is enough), and why."""

OF_SAMPLES: dict[str, dict[Fact, str]] = {
    "ADT-A03-02": {("Encounter", "location", "planned"): "nobody who has left waits for a place"},
    **{
        f"ADT-{event}-02": {
            ("Encounter", "location", ""): "of a cancelled visit no place is waited for, and former ones stay former"
        }
        for event in ("A11", "A27")
    },
    "ADT-A16-02": {("Encounter", "period.end"): "an expected discharge (PV2-9) is none yet: plannedEndDate"},
}
"""The same, for single messages."""


@pytest.mark.skipif(not SAMPLES, reason="the shared data is not here")
@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
async def test_the_facts_of_a_real_message_are_kept(path: Path, town: Town) -> None:
    theirs = their_resources(path)

    [made] = await feed(town["intake"], message_in(path))
    await town.carry()

    ours = await everything(town)
    missing = facts(theirs) - facts(ours)
    unexplained = {fact for fact in missing if not why(fact, path.stem)}
    assert unexplained == set()
    assert not made.unmapped


def message_in(path: Path) -> bytes:
    return path.read_bytes()


def their_resources(path: Path) -> list[Resource]:
    bundle = json.loads(path.with_name(f"{path.stem}-expected.json").read_text())
    return [entry["resource"] for entry in bundle["entry"]]


def why(fact: Fact, sample: str) -> str:
    reasons = ON_PURPOSE | OF_SAMPLES.get(sample, {})
    return next((reason for start, reason in reasons.items() if fact[: len(start)] == start), "")


TYPES = ("Patient", "Practitioner", "RelatedPerson", "Encounter", "Location", "AllergyIntolerance", "Device", "Appointment")


async def everything(town: Town) -> list[Resource]:
    """All of these types, each from its owner."""
    owners = [(type, running) for running in town.services.values() for type in TYPES if running.service.owned(type)]
    return [resource for type, running in owners for resource in await running.search(f"{type}?")]


def test_every_difference_on_purpose_is_one() -> None:
    """Nothing is excused that is not there (any more)."""
    if not SAMPLES:
        pytest.skip("the shared data is not here")
    said = {fact for path in SAMPLES for fact in facts(their_resources(path))}

    stale = [start for start in ON_PURPOSE if not any(fact[: len(start)] == start for fact in said)]

    assert stale == []
