"""Messages are read as real feeds write them; what can't be read says where and why."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.hl7v2.message import Message, parse
from services.intake.hl7v2.moment import Zones, moment
from services.intake.hl7v2.position import Unreadable

HEADER = r"MSH|^~\&|ADT|HOSP|CARE|CARE|20260511142000||ADT^A01|C1|P|2.5.1"
WHOLE = f"{HEADER}\rEVN||20260511\rPID|1||4711^^^HOSP&1.2.3&ISO^MR~5^^^X||O'NEIL^ANN||19870423"


def read(text: str, charset: str = "utf-8") -> Message:
    return parse(text.encode(charset))


def unreadable(raw: bytes) -> Unreadable:
    with pytest.raises(Unreadable) as refused:
        parse(raw)
    return refused.value


@pytest.mark.parametrize("mark", ["\r", "\n", "\r\n", "\r\r", " \r"])
def test_segments_end_as_senders_end_them(mark: str) -> None:
    message = read(WHOLE.replace("\r", mark) + mark)

    assert [segment.name for segment in message.segments] == ["MSH", "EVN", "PID"]
    assert message.segments[2].text(7) == "19870423"


def test_what_stands_around_a_message_is_dropped() -> None:
    assert parse(b"\xef\xbb\xbf  \r\n" + WHOLE.encode() + b"\r   \r\n").kind == ("ADT", "A01")


def test_fields_repeat_and_have_components_and_subcomponents() -> None:
    pid = read(WHOLE).segments[2]

    first, second = pid.values(3)
    assert (first.text(1), first.text(4), first.text(4, 2), first.text(5)) == ("4711", "HOSP", "1.2.3", "MR")
    assert first.component(4).text(3) == "ISO"
    assert second.text(1) == "5"
    assert (pid.text(99), pid.text(3, 99), list(pid.values(99))) == ("", "", [])


def test_a_message_brings_its_own_separators() -> None:
    own = WHOLE.replace("|", "!").replace("^", "*").replace("~", "%").replace("\\", "/").replace("&", "+")

    pid = read(own.replace("O'NEIL", "O/T/N")).segments[2]

    assert (pid.text(5), pid.text(3, 4, 2)) == ("O+N", "1.2.3")


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        (r"a\F\b", "a|b"), (r"a\S\b", "a^b"), (r"a\T\b", "a&b"), (r"a\R\b", "a~b"), (r"a\E\b", r"a\b"),
        (r"a\X41\b", "aAb"), (r"\XC3A4\ ", "ä"), (r"a\.br\b", "a\nb"), (r"\H\loud\N\ ", "loud"), (r"a\.sp2\b", "a\n\nb"),
        (r"a\Zx\b", r"a\Zx\b"), (r"a\X0\b", r"a\X0\b"), (r"back\slash", r"back\slash"), (r"a\X00\b", "ab"), ('""', ""),
    ],
)  # fmt: skip
def test_escapes_are_what_they_stand_for(said: str, meant: str) -> None:
    assert read(WHOLE.replace("O'NEIL", said)).segments[2].text(5) == meant


@pytest.mark.parametrize(
    ("declared", "charset"),
    [
        ("UNICODE UTF-8", "utf-8"),
        ("8859/1", "latin-1"),
        ("8859/15", "iso8859-15"),
        ("", "utf-8"),
        ("", "cp1252"),
        ("ASCII", "utf-8"),
    ],
)
def test_the_character_set_is_what_msh_18_says_or_else_what_fits(declared: str, charset: str) -> None:
    text = WHOLE.replace("2.5.1", f"2.5.1||||||{declared}").replace("O'NEIL", "MÜLLER")

    assert read(text, charset).segments[2].text(5) == "MÜLLER"


def test_null_is_not_nothing() -> None:
    pid = read(f'{HEADER}\rPID|1|""|').segments[1]

    assert (pid.is_null(2), pid.is_null(3), pid.text(2)) == (True, False, "")


def test_a_line_break_in_a_text_is_not_the_end_of_a_segment() -> None:
    message = read(f"{HEADER}\rNTE|1||first\nsecond\rPID|1")

    assert [segment.name for segment in message.segments] == ["MSH", "NTE", "PID"]
    assert message.segments[1].text(3) == "first\nsecond"


@pytest.mark.parametrize(
    ("said", "fhir", "instant"),
    [
        ("20210115160010+0215", "2021-01-15T16:00:10+02:15", datetime(2021, 1, 15, 13, 45, 10, tzinfo=UTC)),
        ("20210817151943.4+0200", "2021-08-17T15:19:43.400+02:00", datetime(2021, 8, 17, 13, 19, 43, 400_000, tzinfo=UTC)),
        ("202101151600", "2021-01-15T16:00:00Z", datetime(2021, 1, 15, 16, tzinfo=UTC)),
        ("2021011516", "2021-01-15T16:00:00Z", datetime(2021, 1, 15, 16, tzinfo=UTC)),
        ("20210115", "2021-01-15", datetime(2021, 1, 15, tzinfo=UTC)),
        ("202101", "2021-01", datetime(2021, 1, 1, tzinfo=UTC)),
        ("2021", "2021", datetime(2021, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_time_keeps_precision_and_offset(said: str, fhir: str, instant: datetime) -> None:
    found = moment(said)

    assert found is not None
    assert (found.fhir, found.instant) == (fhir, instant)


@pytest.mark.parametrize("said", ["00000000", "20211301", "20210230", "2021-01-15", "x", "202", "20210115+2500", "0000"])
def test_what_is_no_time_is_none(said: str) -> None:
    assert moment(said) is None


@given(st.text(alphabet="0123456789+-.:TZ ", max_size=24))
def test_no_text_breaks_the_reading_of_times(said: str) -> None:
    found = moment(said)

    assert found is None or found.instant.tzinfo is UTC


def test_a_time_without_a_zone_is_of_the_message_else_of_the_sender() -> None:
    zones = Zones.of("UTC,ADT@HOSP=America/New_York")
    of_sender, of_message = parse(WHOLE.encode(), zones), parse(WHOLE.replace("142000|", "142000+0530|").encode(), zones)

    assert of_sender.moment("202601011200").fhir == "2026-01-01T12:00:00-05:00"  # type: ignore[union-attr]
    assert of_message.moment("202601011200").fhir == "2026-01-01T12:00:00+05:30"  # type: ignore[union-attr]
    with pytest.raises(ValueError, match="no time zone"):
        Zones.of("Mars/Olympus")


@pytest.mark.parametrize(
    ("evn", "happened"), [("20260510", "2026-05-10"), ("", "2026-05-11T14:20:00Z"), ("00000000", "2026-05-11T14:20:00Z")]
)
def test_it_happened_when_evn_says_else_when_it_was_sent(evn: str, happened: str) -> None:
    assert read(f"{HEADER}\rEVN||{evn}").happened.fhir == happened


@pytest.mark.parametrize(
    ("nine", "kind"), [("ADT^A01", ("ADT", "A01")), ("ADT", ("ADT", "A08")), ("adt^a01^ADT_A01", ("ADT", "A01"))]
)
def test_the_kind_is_in_msh_9_or_the_event_in_evn_1(nine: str, kind: tuple[str, str]) -> None:
    assert read(f"{HEADER}\rEVN|A08|2026".replace("ADT^A01", nine)).kind == kind


def test_groups_begin_with_their_segment() -> None:
    message = read(f"{HEADER}\rPID|1\rMRG|a\rPID|2\rMRG|b\rMRG|c")

    assert [[each.name for each in group.segments] for group in message.groups("PID")] == [["PID", "MRG"], ["PID", "MRG", "MRG"]]
    assert [str(each.position(1)) for each in message.all("MRG")] == ["MRG-1", "MRG[2]-1", "MRG[3]-1"]
    assert [group.segments for group in message.groups("PV1")] == []


@pytest.mark.parametrize(
    ("raw", "position", "condition"),
    [
        (b"", "MSH", "100"),
        (b"\xef\xbb\xbf", "MSH", "100"),
        (b"hello", "MSH", "100"),
        (b"MSH", "MSH-1", "102"),
        (b"MSHA^~", "MSH-1", "102"),
        (b"MSH||", "MSH-2", "102"),
        (b"MSH|^^~", "MSH-2", "102"),
        (HEADER.replace("ADT^A01", "").encode(), "MSH-9", "200"),
        (HEADER.replace("|C1|", "||").encode(), "MSH-10", "101"),
        (HEADER.replace("20260511142000", "").encode(), "MSH-7", "101"),
        (f"{HEADER}||||||KLINGON".encode(), "MSH-18", "103"),
        (f"{HEADER}||||||UNICODE UTF-8\rPID|\xff".encode("latin-1"), "MSH-18", "102"),
        (f"{HEADER}\rEVN|\rpid|1".encode(), "EVN", "100"),
        (f"{HEADER}\r{HEADER}".encode(), "MSH[2]", "100"),
    ],
)
def test_what_cannot_be_read_says_where_and_why(raw: bytes, position: str, condition: str) -> None:
    refused = unreadable(raw)

    assert (str(refused.position), refused.condition) == (position, condition)


def test_a_value_that_no_element_can_hold_is_refused_when_it_is_asked_for() -> None:
    message = read(f"{HEADER}\rZZZ|{'x' * 2_000_000}\rPID|{'y' * 2_000_000}")

    with pytest.raises(Unreadable, match="PID-1: 2000000 characters"):
        message.segments[2].text(1)
