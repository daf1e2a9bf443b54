"""What is kept of a message, and what happens when it comes again."""

from __future__ import annotations

import pytest

from services.intake.hl7v2.journal import raw_of
from shared.fhir.refusal import Unprocessable
from tests.services.intake.hl7v2.conftest import Mapped, OpenWard
from tests.services.intake.hl7v2.senders import Sender, a_message


async def test_a_second_delivery_changes_nothing_and_is_acknowledged_as_before(open_ward: OpenWard) -> None:
    async with open_ward() as ward, Sender(ward.port) as sender:
        first = await sender.tell(a_message("M1", visit="v1"))
        journal = await ward.journal()

        again = await sender.tell(a_message("M1", visit="v1") + b"\r\n")

        assert (first.code, again.code) == ("AA", "AA")
        assert await ward.journal() == journal
        assert await ward.visits() == ["v1"]


async def test_other_content_under_the_same_control_id_is_done_and_flagged(open_ward: OpenWard) -> None:
    async with open_ward() as ward, Sender(ward.port) as sender:
        for visit in ("v1", "v2", "v3"):
            assert (await sender.tell(a_message("M1", visit=visit))).code == "AA"

        flagged = {record.keys["visit"]: record.body["repeated_control_id"] for record in await ward.journal()}
        assert flagged == {"v1": False, "v2": True, "v3": True}
        assert await ward.visits() == ["v1", "v2", "v3"]


async def test_control_ids_are_each_senders_own(open_ward: OpenWard) -> None:
    async with open_ward() as ward, Sender(ward.port) as sender:
        await sender.tell(a_message("M1", sender="WARD|MERCY"))
        await sender.tell(a_message("M1", sender="LAB|MERCY"))

        assert [record.body["repeated_control_id"] for record in await ward.journal()] == [False, False]


async def test_the_same_content_under_another_control_id_is_another_message(open_ward: OpenWard) -> None:
    async with open_ward() as ward, Sender(ward.port) as sender:
        await sender.tell(a_message("M1", visit="v1"))
        await sender.tell(a_message("M2", visit="v1"))

        assert await ward.states() == [("M1", "processed"), ("M2", "processed")]
        assert await ward.visits() == ["v1", "v1"]


async def test_what_was_at_fault_and_is_sent_again_is_tried_again(open_ward: OpenWard) -> None:
    mapped = Mapped({"v1": Unprocessable("not before noon")})
    async with open_ward(mapped) as ward, Sender(ward.port) as sender:
        assert (await sender.tell(a_message("M1", visit="v1"))).code == "AE"
        assert (await sender.tell(a_message("M1", visit="v1"))).code == "AE"
        mapped.refused.clear()

        assert (await sender.tell(a_message("M1", visit="v1"))).code == "AA"

        [record] = await ward.journal()
        assert (record.state, record.body["tries"], record.body["faults"]) == ("processed", 3, [])


@pytest.mark.parametrize(
    "raw",
    [
        a_message("M1"),
        b"\xef\xbb\xbf" + a_message("M1").replace(b"\r", b"\n"),
        a_message("M1").decode().replace("RIVER", "RÍVER\t").encode(),
        a_message("M1").decode().replace("RIVER", "RÍVER").encode("iso8859-1"),
        a_message("M1").replace(b"RIVER", b"\x00\x01\xff\xfe\x1c\x0b"),
    ],
    ids=["plain", "line feeds", "UTF-8", "ISO 8859-1", "bytes"],
)
async def test_a_message_is_kept_byte_by_byte(open_ward: OpenWard, raw: bytes) -> None:
    async with open_ward() as ward, Sender(ward.port) as sender:
        await sender.tell(raw)

        [record] = await ward.journal()
        assert raw_of(record) == raw


async def test_it_says_from_where_and_when_a_message_came_and_what_it_is_about(open_ward: OpenWard) -> None:
    async with open_ward() as ward, Sender(ward.port) as sender:
        await sender.tell(a_message("M1", "ADT^A03", visit="v1"))

        [record] = await ward.journal()
        shown = {name: record.keys[name] for name in ("type", "sender", "control", "visit", "patient")}
        assert shown == {"type": "ADT^A03", "sender": "WARD@MERCY", "control": "M1", "visit": "v1", "patient": "P1"}
        assert record.body["received"] == "2026-05-11T18:20:00+00:00"
        assert str(record.body["peer"]).startswith("127.0.0.1:")
