"""Senders of all manners on the line: each hears what became of its message, and the next good one is served."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from services.intake.hl7v2.journal import raw_of
from shared.fhir.refusal import Unavailable
from tests.services.intake.hl7v2.conftest import Mapped, OpenWard
from tests.services.intake.hl7v2.senders import Sender, a_message, framed

BOM = b"\xef\xbb\xbf"


async def test_a_message_is_stored_before_it_is_acknowledged(open_ward: OpenWard) -> None:
    async with open_ward() as ward, Sender(ward.port) as sender:
        answer = await sender.tell(a_message("M1", visit="v1"))

        assert (answer.code, answer.about) == ("AA", "M1"), answer.text
        [record] = await ward.journal()
        assert record.state == "processed"
        assert record.body["made"] == ["Location/v1"]
        assert raw_of(record) == a_message("M1", visit="v1")
        assert await ward.visits() == ["v1"]


async def test_messages_of_a_line_are_done_and_answered_in_their_order(open_ward: OpenWard) -> None:
    messages = [a_message(f"M{number}", visit=f"v{number}") for number in range(40)]
    async with open_ward() as ward, Sender(ward.port) as sender:
        await sender.send(b"".join(map(framed, messages)))

        assert [(await sender.hear()).about for _ in messages] == [f"M{number}" for number in range(40)]
        assert await ward.visits() == [f"v{number}" for number in range(40)]


async def test_many_senders_are_served_at_once(open_ward: OpenWard) -> None:
    async def twenty(port: int, name: str) -> list[str]:
        async with Sender(port) as sender:
            return [(await sender.tell(a_message(f"{name}{number}", sender=f"{name}|MERCY"))).code for number in range(20)]

    async with open_ward() as ward:
        answers = await asyncio.gather(*(twenty(ward.port, name) for name in "ABCDEFGH"))

        assert Counter(code for answer in answers for code in answer) == {"AA": 160}
        assert len(await ward.journal()) == 160


async def test_a_message_at_fault_is_kept_and_nothing_is_made_of_it(open_ward: OpenWard) -> None:
    async with open_ward() as ward, Sender(ward.port) as sender:
        answer = await sender.tell(a_message("M1").replace(b"PV1|", b"ZV1|"))

        assert (answer.code, answer.conditions, answer.field("ERR", 2)) == ("AE", ["101"], "PV1^1")
        [record] = await ward.journal()
        assert (record.state, record.body["made"]) == ("error", [])
        assert await ward.visits() == []


async def test_what_breaks_the_mapping_leaves_the_message_and_nothing_else(open_ward: OpenWard) -> None:
    async with open_ward(Mapped({"v1": KeyError("nobody thought of that")})) as ward, Sender(ward.port) as sender:
        answer = await sender.tell(a_message("M1", visit="v1"))

        assert (answer.code, answer.conditions) == ("AE", ["207"])
        assert await ward.states() == [("M1", "error")]
        assert await ward.visits() == []
        assert (await sender.tell(a_message("M2", visit="v2"))).code == "AA"


async def test_what_can_not_be_taken_now_is_to_be_sent_again(open_ward: OpenWard) -> None:
    away = Mapped({"v1": Unavailable("the database is away")})
    async with open_ward(away) as ward, Sender(ward.port) as sender:
        assert (await sender.tell(a_message("M1", visit="v1"))).code == "AR"
        assert await ward.journal() == []

        away.refused.clear()
        assert (await sender.tell(a_message("M1", visit="v1"))).code == "AA"


async def test_an_event_that_is_not_known_is_kept_and_acknowledged(open_ward: OpenWard) -> None:
    async with open_ward() as ward, Sender(ward.port) as sender:
        assert (await sender.tell(a_message("M1", "ADT^A99"))).code == "AA"
        assert await ward.states() == [("M1", "unmapped")]


JUNK = {
    "a byte order mark": framed(BOM),
    "two million blanks": framed(b" " * 2_000_000),
    "two million blanks between frames": b" " * 2_000_000,
    "nothing": framed(b""),
    "no message": framed(b"GET / HTTP/1.1\r\nHost: ward\r\n\r\n"),
    "no header": framed(b"PID|1||7\rPV1|1|I\r"),
    "no separators": framed(b"MSH"),
    "no type": framed(b"MSH|^~\\&|WARD|MERCY|||20260511||||P|2.5\r"),
    "no patient": framed(a_message("J", visit="v1").replace(b"PV1|", b"ZZZ|")),
    "bytes of no character": framed(a_message("J").replace(b"RIVER", b"\x00\xff\xfe\x80").replace(b"PV1|", b"ZZZ|")),
    "bytes between frames": b"\x00\xffjunk\r\n\x1c\r",
    "an empty batch": framed(b"BHS|^~\\&\rBTS|0\r"),
    "a control id of control characters": framed(a_message("\x01\x00\x07").replace(b"PV1|", b"ZZZ|")),
}


@pytest.mark.parametrize("junk", JUNK.values(), ids=JUNK.keys())
async def test_after_junk_the_next_good_message_is_served(open_ward: OpenWard, junk: bytes) -> None:
    is_answered = junk.startswith(b"\x0b")
    async with open_ward() as ward, Sender(ward.port) as sender:
        await sender.send(junk)
        if is_answered:
            assert (await sender.hear()).code == "AE"

        assert (await sender.tell(a_message("M1", visit="v1"))).code == "AA"
        assert await ward.visits() == ["v1"]
        assert ("M1", "processed") in await ward.states()


async def test_a_frame_that_is_cut_by_the_next_is_dropped(open_ward: OpenWard) -> None:
    async with open_ward() as ward, Sender(ward.port) as sender:
        await sender.send(framed(a_message("half", visit="v1"))[:-60])

        assert (await sender.tell(a_message("whole", visit="v2"))).about == "whole"
        assert await ward.states() == [("whole", "processed")]


async def test_a_sender_that_stops_in_mid_frame_is_cut_off_and_leaves_nothing(open_ward: OpenWard) -> None:
    async with open_ward(mllp_idle="0.05s") as ward:
        async with Sender(ward.port) as sender:
            await sender.send(framed(a_message("M1"))[:100])

            assert await sender.hear_nothing_more() == b""
        assert await ward.journal() == []


async def test_a_sender_that_is_silent_between_messages_stays_connected(open_ward: OpenWard) -> None:
    async with open_ward(mllp_idle="0.05s") as ward, Sender(ward.port) as sender:
        await sender.tell(a_message("M1"))
        async with Sender(ward.port) as other:
            await other.send(b"\x0b")
            await other.hear_nothing_more()

        assert (await sender.tell(a_message("M2"))).about == "M2"


async def test_a_sender_that_hangs_up_at_once_is_nobodys_trouble(open_ward: OpenWard) -> None:
    async with open_ward() as ward:
        for number in range(20):
            async with Sender(ward.port) as rude:
                await rude.send(framed(a_message(f"R{number}")))
                rude.hang_up()

        async with Sender(ward.port) as sender:
            assert (await sender.tell(a_message("M1"))).code == "AA"


async def test_who_sends_no_more_still_hears_its_answers(open_ward: OpenWard) -> None:
    async with open_ward() as ward, Sender(ward.port) as sender:
        await sender.send(framed(a_message("M1")) + framed(a_message("M2"))[:-1])
        sender.send_no_more()

        assert [(await sender.hear()).about for _ in range(2)] == ["M1", "M2"]
        assert await sender.hear_nothing_more() == b""


async def test_a_message_that_is_too_large_is_refused_by_name(open_ward: OpenWard) -> None:
    async with open_ward(max_body_bytes=100_000) as ward, Sender(ward.port) as sender:
        answer = await sender.tell(a_message("L1") + b"NTE|1||" + b"x" * 200_000)

        assert (answer.code, answer.about, answer.conditions) == ("AE", "L1", ["104"])
        [record] = await ward.journal()
        assert (record.state, record.keys["control"]) == ("error", "L1")
        assert (await sender.tell(a_message("M1"))).code == "AA"


async def test_a_batch_is_answered_as_a_batch(open_ward: OpenWard) -> None:
    batch = b"BHS|^~\\&|WARD\r" + a_message("B1", visit="v1") + a_message("B2").replace(b"PV1|", b"ZZZ|") + b"BTS|2\r"
    async with open_ward() as ward, Sender(ward.port) as sender:
        answer = await sender.tell(batch)

        lines = [line for line in answer.text.split("\r") if line.startswith(("BHS", "MSA", "BTS"))]
        assert [line[:9] for line in lines] == ["BHS|^~\\&", "MSA|AA|B1", "MSA|AE|B2", "BTS|2"]
        assert await ward.states() == [("B1", "processed"), ("B2", "error")]


async def test_too_many_senders_are_turned_away_and_the_others_stay(open_ward: OpenWard) -> None:
    async with open_ward(mllp_connections=2) as ward, Sender(ward.port) as one, Sender(ward.port) as two:
        assert [(await each.tell(a_message("M1"))).code for each in (one, two)] == ["AA", "AA"]

        async with Sender(ward.port) as three:
            assert await three.hear_nothing_more() == b""
        assert (await one.tell(a_message("M2"))).code == "AA"


async def test_what_the_sender_does_not_want_to_hear_is_not_said(open_ward: OpenWard) -> None:
    async with open_ward() as ward, Sender(ward.port) as sender:
        await sender.send(framed(a_message("quiet", acks="NE|NE")) + framed(a_message("ack", "ACK^A01")))

        answer = await sender.tell(a_message("both", acks="AL|AL"))

        assert (answer.code, answer.about) == ("CA", "both")
        assert (await sender.hear()).code == "AA"
        assert await ward.states() == [("both", "processed"), ("quiet", "processed")]


async def test_messages_are_counted_by_type_and_answer(open_ward: OpenWard) -> None:
    async with open_ward() as ward, Sender(ward.port) as sender:
        await sender.tell(a_message("M1"))
        await sender.tell(a_message("M1"))
        await sender.tell(a_message("M2", "ZZZ^Z01").replace(b"PV1|", b"ZZZ|"))

        def counted(type: str, answer: str) -> float | None:
            return ward.registry.get_sample_value("careloom_hl7v2_messages_total", {"type": type, "answer": answer})

        assert (counted("ADT^A01", "AA"), counted("ADT^A01", "again"), counted("other", "AE")) == (1, 1, 1)
        assert ward.registry.get_sample_value("careloom_hl7v2_seconds_count") == 3
        assert ward.registry.get_sample_value("careloom_hl7v2_connections") == 1
