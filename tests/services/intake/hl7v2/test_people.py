"""Who a message is about: one MRN is one Patient, newer news stands, older news fills."""

from __future__ import annotations

from itertools import permutations

import pytest

from services.intake.hl7v2.position import Unmappable
from tests.services.building import a_discharge, a_patient
from tests.services.intake.hl7v2.feeding import MRN, a_message, feed, the_patient, the_visit
from tests.services.town import Running

AUTHORITY = MRN.partition("|")[0]


def with_pid(pid: str, event: str = "A31", at: str = "20260511142000") -> bytes:
    return a_message(event, at=at, visit="").replace(a_message(event, at=at, visit="").split(b"\r")[2], pid.encode())


async def test_what_the_pid_says_is_who_the_patient_is(intake: Running) -> None:
    await feed(intake, a_message("A28", visit=""))

    patient = await the_patient(intake)
    assert patient["name"] == [{"family": "LINDQVIST", "given": ["RIVER", "A"]}]
    assert (patient["birthDate"], patient["gender"], patient["active"]) == ("1987-04-23", "female", True)
    assert patient["address"][0]["city"] == "PORTLAND"


async def test_a_patient_that_an_ehr_has_stored_is_the_one(intake: Running) -> None:
    await intake.save(a_patient(identifier=[{"system": AUTHORITY, "value": "4711"}]))

    await feed(intake, a_message("A01"))

    assert (await intake.one("Patient?"))["id"] == "river"
    assert (await the_visit(intake))["subject"] == {"reference": "Patient/river"}


async def test_a_visit_that_an_ehr_has_stored_keeps_what_no_event_says(intake: Running) -> None:
    await intake.save(a_patient(identifier=[{"system": AUTHORITY, "value": "4711"}]))
    await intake.save(a_discharge(identifier=[{"system": AUTHORITY, "value": "V1"}]))

    await feed(intake, a_message("A08", place="", at="20260523000000"))
    assert (await intake.one("Encounter?"))["status"] == "finished"

    await feed(intake, a_message("A13", place="", at="20260524000000"))
    visit = await intake.one("Encounter?")
    assert (visit["status"], visit["period"]) == ("in-progress", {"start": "2026-05-11T14:20:00Z"})


async def test_any_of_the_record_numbers_finds_the_patient(intake: Running) -> None:
    await feed(intake, with_pid("PID|1||1^^^NORTH^MR||ALDER^ROWAN"), with_pid("PID|1||2^^^SOUTH^MR~1^^^NORTH^MR||ALDER^ROWAN"))
    await feed(intake, with_pid("PID|1||2^^^SOUTH^MR||ALDER^ROWAN"))

    patient = await intake.one("Patient?")
    assert [number["value"] for number in patient["identifier"]] == ["1", "2"]


async def test_an_older_number_of_another_kind_is_nobodys_record_number(intake: Running) -> None:
    await feed(intake, with_pid("PID|1||1^^^HOSP^MR|9^^^OLD|ALDER^ROWAN"), with_pid("PID|1||2^^^HOSP^MR|9^^^OLD|BIRCH^WILLOW"))

    assert await intake.count("Patient?") == 2


async def test_without_an_authority_a_number_is_the_senders(intake: Running) -> None:
    await feed(intake, with_pid("PID|1||4711||ALDER^ROWAN"))

    assert (await the_patient(intake))["name"][0]["family"] == "ALDER"


async def test_in_every_order_the_newest_news_of_each_thing_stands(intake: Running) -> None:
    news = [
        with_pid("PID|1||{0}^^^HOSP^MR||ALDER^ROWAN||19700101|M|||1 OLD ST^^SALEM", at="20260501000000"),
        with_pid("PID|1||{0}^^^HOSP^MR||ALDER^ROWAN|||F|||2 NEW ST^^DOVER", at="20260502000000"),
        with_pid('PID|1||{0}^^^HOSP^MR||BIRCH^ROWAN|||""', at="20260503000000"),
    ]
    for number, order in enumerate(permutations(news)):
        await feed(intake, *(raw.replace(b"{0}", str(number).encode()) for raw in order))

        patient = await the_patient(intake, f"{AUTHORITY}|{number}")
        assert patient["name"][0]["family"] == "BIRCH"
        assert patient["address"][0]["city"] == "DOVER"
        assert patient["birthDate"] == "1970-01-01"
        assert "gender" not in patient


async def test_what_was_stored_over_fhir_since_is_not_undone_by_older_news(intake: Running) -> None:
    numbered = [{"system": AUTHORITY, "value": "4711"}]
    await intake.save(a_patient(identifier=numbered, name=[{"family": "Chosen"}]))

    await feed(intake, a_message("A31", at="20200101000000"))

    patient = await the_patient(intake)
    assert (patient["name"], patient["birthDate"]) == ([{"family": "Chosen"}], "1987-04-23")


async def test_who_is_taken_off_the_register_is_inactive_until_they_come_again(intake: Running) -> None:
    await feed(intake, a_message("A28", at="20260501000000"), a_message("A29", at="20260502000000"))
    assert (await the_patient(intake))["active"] is False

    await feed(intake, a_message("A08", at="20260503000000"))
    assert (await the_patient(intake))["active"] is False

    await feed(intake, a_message("A01", at="20260504000000"))
    assert (await the_patient(intake))["active"] is True


@pytest.mark.parametrize("birth", ["00000000", "20261341", "yesterday"])
async def test_what_is_no_date_is_left_out_and_said(intake: Running, birth: str) -> None:
    [made] = await feed(intake, with_pid(f"PID|1||4711^^^HOSP^MR||ALDER^ROWAN||{birth}"))

    assert "birthDate" not in await the_patient(intake)
    assert made.warnings == [f"PID-7: {birth!r} is no time; it is left out"]


@pytest.mark.parametrize(("said", "kept"), [("1987", "1987"), ("198704", "1987-04"), ("19870423", "1987-04-23")])
async def test_a_date_is_as_precise_as_it_was_said(intake: Running, said: str, kept: str) -> None:
    await feed(intake, with_pid(f"PID|1||4711^^^HOSP^MR||ALDER^ROWAN||{said}"))

    assert (await the_patient(intake))["birthDate"] == kept


async def test_without_a_patient_or_a_number_the_message_is_at_fault(intake: Running) -> None:
    without = b"\r".join(line for line in a_message("A01").split(b"\r") if not line.startswith(b"PID"))

    with pytest.raises(Unmappable, match="PID: there is no PID segment"):
        await feed(intake, without)
    with pytest.raises(Unmappable, match="PID-3: the patient has no identifier") as refused:
        await feed(intake, with_pid("PID|1||||ALDER^ROWAN"))
    assert refused.value.position.erl == "PID^1^3"
    assert await intake.count("Patient?") == 0
