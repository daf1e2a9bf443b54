"""MRG: patients merge, accounts merge, visits move, numbers change."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.intake.hl7v2.position import Unmappable
from tests.services.intake.hl7v2.feeding import MRN, a_message, feed, the_patient, the_visit
from tests.services.town import Resource, Running

MERGED = (Path(__file__).parent / "messages" / "merged.hl7").read_bytes()
AUTHORITY = MRN.partition("|")[0]


async def numbered(intake: Running, number: str) -> Resource:
    return await the_patient(intake, f"{AUTHORITY}|{number}")


async def test_each_pair_merges_and_who_was_not_known_is_made(intake: Running) -> None:
    await feed(intake, MERGED)

    survivor = await numbered(intake, "100")
    for old in ("101", "102"):
        merged = await numbered(intake, old)
        assert merged["active"] is False
        assert merged["link"] == [{"other": {"reference": f"Patient/{survivor['id']}"}, "type": "replaced-by"}]
    assert len(survivor["link"]) == 2
    assert len((await numbered(intake, "200"))["link"]) == 1


async def test_a_merge_that_is_told_again_changes_nothing(intake: Running) -> None:
    await feed(intake, MERGED)
    before = await numbered(intake, "100")

    await feed(intake, MERGED)

    assert await numbered(intake, "100") == before


async def test_after_a_merge_the_old_number_is_the_survivors(intake: Running) -> None:
    await feed(intake, a_message("A01", mrn="101", at="20260501000000"), MERGED)

    await feed(intake, a_message("A02", mrn="101", place="WARD9^1^1^HOSP", at="20260602000000"))

    visit, survivor = await the_visit(intake), await numbered(intake, "100")
    assert visit["subject"] == {"reference": f"Patient/{survivor['id']}"}
    assert [each["status"] for each in visit["location"]] == ["completed", "active"]


async def test_the_visits_of_an_account_are_on_the_one_it_was_merged_into(intake: Running) -> None:
    with_account = a_message("A01").replace(b"04101^USA^H", b"04101^USA^H|||||||OLD^^^HOSP^AN")
    merge = a_message("A41", "MRG|4711^^^HOSP^MR||OLD^^^HOSP^AN", visit="", at="20260601000000")

    await feed(intake, with_account, merge.replace(b"04101^USA^H", b"04101^USA^H|||||||NEW^^^HOSP^AN"))

    assert [each["identifier"]["value"] for each in (await the_visit(intake))["account"]] == ["NEW"]


async def test_a_visit_moves_to_the_other_patient_and_late_news_does_not_move_it_back(intake: Running) -> None:
    moved = a_message("A45", at="20260502000000", mrn="9999", visit="").replace(b"A45|C", b"A45|C") + (
        b"\rMRG|4711^^^HOSP^MR||||V1^^^HOSP^VN\rPV1|1|I|WARD4^12^2^HOSP||||||||||||||||V1^^^HOSP^VN"
    )

    await feed(intake, a_message("A01", at="20260501000000"), moved, a_message("A08", at="20260501120000"))

    other = await numbered(intake, "9999")
    assert (await the_visit(intake))["subject"] == {"reference": f"Patient/{other['id']}"}
    assert (await the_visit(intake))["status"] == "in-progress"


async def test_a_visit_that_has_moved_takes_the_new_number_too(intake: Running) -> None:
    moved = a_message("A45", at="20260502000000", mrn="9999", visit="") + (
        b"\rMRG|4711^^^HOSP^MR||||V1^^^HOSP^VN\rPV1|1|I|WARD4^12^2^HOSP||||||||||||||||V2^^^HOSP^VN"
    )

    await feed(intake, a_message("A01", at="20260501000000"), moved)
    await feed(intake, a_message("A03", at="20260503000000", mrn="9999", visit="V2"))

    assert (await intake.one("Encounter?"))["status"] == "finished"


async def test_a_patient_with_another_number_is_found_by_both(intake: Running) -> None:
    await feed(intake, a_message("A28", visit=""))

    await feed(intake, a_message("A47", "MRG|4711^^^HOSP^MR", mrn="5000", visit="", at="20260601000000"))

    patient = await intake.one("Patient?")
    assert [(each["value"], each.get("use")) for each in patient["identifier"]] == [("5000", None), ("4711", "old")]


async def test_a_number_of_somebody_else_is_not_taken_from_them(intake: Running) -> None:
    await feed(intake, a_message("A28", visit=""), a_message("A28", mrn="5000", visit=""))

    with pytest.raises(Unmappable, match="A40 merges two patients"):
        await feed(intake, a_message("A47", "MRG|4711^^^HOSP^MR", mrn="5000", visit="", at="20260601000000"))


@pytest.mark.parametrize(("event", "segments"), [("A40", ()), ("A47", ()), ("A41", ()), ("A40", ("MRG||",))])
async def test_a_merge_that_does_not_say_whom_is_at_fault(intake: Running, event: str, segments: tuple[str, ...]) -> None:
    with pytest.raises(Unmappable, match="MRG"):
        await feed(intake, a_message(event, *segments, visit=""))

    assert await intake.count("Patient?") == 0
