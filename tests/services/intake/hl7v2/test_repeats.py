"""A feed says the same again and again: that is newer news, and makes no work."""

from __future__ import annotations

import pytest

from tests.services.intake.hl7v2.feeding import a_message, feed, the_patient, the_visit
from tests.services.town import Resource, Running

TOLD = (
    "NK1|1|LINDQVIST^ANA|SPO^Spouse^HL70063||(207)555-0101",
    "AL1|1|DA|70618^Penicillin^RXNORM|SV",
    f"DG1|1||S06.9^Injury^I10|||A{'|' * 14}77",
)
"""Who is around the patient, what they don't bear, what they suffer from."""

AROUND = ("Patient", "RelatedPerson", "AllergyIntolerance", "Condition", "Encounter", "Location")


def at_hour(hour: int, event: str = "A08", city: str = "PORTLAND", **fields: str) -> bytes:
    return a_message(event, *TOLD, at=f"20260511{hour:02}0000", **fields).replace(b"PORTLAND", city.encode())


async def test_what_is_said_again_changes_nothing(intake: Running) -> None:
    await feed(intake, at_hour(10))
    before = [await intake.one(f"{type}?_count=1") for type in AROUND if type != "Location"]

    [made] = await feed(intake, at_hour(11))

    assert made.references == []
    assert [await intake.one(f"{type}?_count=1") for type in AROUND if type != "Location"] == before


async def test_what_is_said_again_stands_against_older_news_that_comes_late(intake: Running) -> None:
    await feed(intake, at_hour(10), at_hour(12), at_hour(11, city="BANGOR"))

    assert (await the_patient(intake))["address"][0]["city"] == "PORTLAND"


async def test_what_was_said_in_between_and_is_older_still_counts_for_what_nobody_says(intake: Running) -> None:
    await feed(intake, at_hour(10), at_hour(12), at_hour(11).replace(b"|F|||12", b"|F||2106-3^White|12"))

    assert "us-core-race" in (await the_patient(intake))["extension"][0]["url"]


async def test_news_that_were_changed_and_are_said_as_before_hold_again(intake: Running) -> None:
    await feed(intake, at_hour(10), at_hour(11, city="BANGOR"), at_hour(12))

    assert (await the_patient(intake))["address"][0]["city"] == "PORTLAND"


@pytest.mark.parametrize(
    ("type", "change"),
    [
        ("Patient", {"gender": "male"}),
        ("RelatedPerson", {"telecom": [{"system": "email", "value": "ana@home.example"}]}),
        ("AllergyIntolerance", {"criticality": "low"}),
        ("Condition", {"code": {"text": "a bruise"}}),
        ("Encounter", {"status": "cancelled"}),
    ],
)
async def test_what_somebody_else_has_changed_is_put_right_by_saying_it_again(
    intake: Running, type: str, change: Resource
) -> None:
    await feed(intake, at_hour(10))
    told = await intake.one(f"{type}?_count=1")
    await intake.save(told | change)

    await feed(intake, at_hour(11))

    now = await intake.one(f"{type}?_count=1")
    assert {name: now[name] for name in change} == {name: told[name] for name in change}


async def test_who_was_deleted_is_there_again_when_the_feed_says_so(intake: Running) -> None:
    await feed(intake, at_hour(10))
    relative = await intake.one("RelatedPerson?")
    await intake.store.unit(lambda tx: tx.delete("RelatedPerson", relative["id"]))

    await feed(intake, at_hour(11))

    assert (await intake.one("RelatedPerson?"))["id"] == relative["id"]


async def test_a_warning_is_given_each_time(intake: Running) -> None:
    first, again = await feed(intake, *(at_hour(hour).replace(b"|F|", b"|Q|") for hour in (10, 11)))

    assert first.warnings == again.warnings == ["PID-8: 'Q' is no code that is known here; it is left out"]


async def test_who_is_no_patient_any_more_is_one_again_when_they_are_admitted_in_the_same_words(intake: Running) -> None:
    await feed(intake, at_hour(10, "A01"), at_hour(11, "A29"))
    assert (await the_patient(intake))["active"] is False

    await feed(intake, at_hour(12, "A01"))
    assert (await the_patient(intake))["active"] is True

    await feed(intake, at_hour(14, "A29"), at_hour(13, "A01"))
    assert (await the_patient(intake))["active"] is False


async def test_a_discharge_in_the_words_of_the_admission_ends_the_visit(intake: Running) -> None:
    await feed(intake, at_hour(10, "A01"), at_hour(11, "A03"))

    visit = await the_visit(intake)
    assert (visit["status"], visit["period"]["end"]) == ("finished", "2026-05-11T11:00:00Z")
    assert visit["diagnosis"]


async def test_another_sender_says_something_else_with_the_same_words(intake: Running) -> None:
    await feed(intake, at_hour(10), at_hour(11, mrn="9", visit="V9").replace(b"ADT|HOSP|", b"ADT|NORTH|"))

    systems = {each["identifier"][0]["system"] for each in await intake.search("Condition?")}
    assert systems == {"urn:careloom:authority:HOSP", "urn:careloom:authority:NORTH"}
