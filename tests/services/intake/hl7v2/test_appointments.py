"""SIU: one Appointment in scheduling for all that is said of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.intake.hl7v2.position import Unmappable
from tests.services.intake.hl7v2.feeding import feed
from tests.services.town import Resource, Running, Town

BOOKED = (Path(__file__).parent / "messages" / "booked.hl7").read_bytes()


def said(event: str, at: str = "20260511110000", raw: bytes = BOOKED, **changes: str) -> bytes:
    found = raw.replace(b"20260511100000", at.encode()).replace(b"SIU^S12", f"SIU^{event}".encode())
    for old, new in changes.items():
        found = found.replace(old.encode(), new.encode())
    return found


async def told(town: Town, *messages: bytes) -> Resource:
    await feed(town["intake"], *messages)
    await town.carry()
    return await town["scheduling"].one("Appointment?")


async def test_an_appointment_arrives_with_time_people_place_and_equipment(town: Town) -> None:
    appointment = await told(town, BOOKED)

    assert appointment["status"] == "booked"
    assert (appointment["start"], appointment["end"]) == ("2026-06-02T09:00:00-04:00", "2026-06-02T09:45:00-04:00")
    assert appointment["comment"] == "Bring the crutches"
    kinds = [each["actor"]["reference"].partition("/")[0] for each in appointment["participant"]]
    assert kinds == ["Patient", "Device", "Location", "Practitioner"]
    assert appointment["serviceType"][0]["coding"][0]["code"] == "97110"


@pytest.mark.parametrize(
    ("event", "status"),
    [("S15", "cancelled"), ("S16", "cancelled"), ("S17", "entered-in-error"), ("S26", "noshow"), ("S14", "booked")],
)
async def test_what_becomes_of_it_becomes_of_the_same_one(town: Town, event: str, status: str) -> None:
    assert (await told(town, BOOKED, said(event)))["status"] == status


async def test_it_moves_to_another_time(town: Town) -> None:
    moved = said("S13").replace(b"20260602", b"20260604")

    appointment = await told(town, BOOKED, moved)

    assert appointment["start"] == "2026-06-04T09:00:00-04:00"


async def test_older_news_that_comes_late_does_not_bring_it_back(town: Town) -> None:
    appointment = await told(town, said("S15"), BOOKED)

    assert (appointment["status"], appointment["start"]) == ("cancelled", "2026-06-02T09:00:00-04:00")


@pytest.mark.parametrize("numbers", [b"SCH|P-5|", b"SCH||F-9"])
async def test_either_number_finds_it(town: Town, numbers: bytes) -> None:
    appointment = await told(town, BOOKED, said("S26").replace(b"SCH|P-5|F-9", numbers))

    assert appointment["status"] == "noshow"


async def test_an_end_follows_from_the_duration(town: Town) -> None:
    appointment = await told(town, BOOKED.replace(b"|20260602094500-0400", b""))

    assert appointment["end"] == "2026-06-02T13:45:00.000Z"


async def test_one_that_collides_is_rejected_where_it_can_be_seen(town: Town) -> None:
    other = BOOKED.replace(b"P-5|F-9", b"P-6|F-10").replace(b"4711", b"4712")

    await told(town, BOOKED, other)

    assert len(await dead_letters(town["intake"])) == 1


async def test_what_took_place_long_ago_collides_with_nothing(town: Town) -> None:
    history = [raw.replace(b"20260602", b"20200602") for raw in (BOOKED, BOOKED.replace(b"P-5|F-9", b"P-6|F-10"))]
    await feed(town["intake"], *history)
    await town.carry()

    assert await town["scheduling"].count("Appointment?") == 2


@pytest.mark.parametrize(("without", "position"), [(b"P-5|F-9", "SCH-2"), (b"20260602090000-0400", "SCH-11"), (b"SCH|", "SCH")])
async def test_what_it_must_say_is_asked_for(intake: Running, without: bytes, position: str) -> None:
    raw = BOOKED.replace(without, b"ZZZ|" if without == b"SCH|" else b"|" if b"|" in without else b"")

    with pytest.raises(Unmappable) as refused:
        await feed(intake, raw)

    assert str(refused.value.position) == position
    assert await intake.count("Patient?") == 0


async def dead_letters(running: Running) -> list[object]:
    return await running.store.view(lambda view: list(view.connection.rows("SELECT about FROM dead_letter")))
