"""What a sender hears."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.intake.hl7v2.acknowledgment import Fault, Outcome, Verdict, answers, faults_of
from services.intake.hl7v2.header import Header
from services.intake.hl7v2.position import Position, Unmappable
from shared.fhir.issue import Issue
from shared.fhir.refusal import Unprocessable
from tests.services.intake.hl7v2.senders import Answer, a_message

NOW = datetime(2026, 5, 11, 18, 20, 1, tzinfo=UTC)
FAULTY = Verdict("AE", (Fault("101", "PID-3: a patient has no identifier", "PID^1^3"),))


def heard(message: bytes, verdict: Verdict) -> list[Answer]:
    return [Answer(answer.decode("iso8859-1")) for answer in answers(Header.of(message), verdict, NOW, "OURS1")]


def test_an_answer_goes_back_to_where_the_message_came_from() -> None:
    [answer] = heard(a_message("MSG7", "ADT^A01^ADT_A01"), Verdict("AA"))

    assert answer.text == ("MSH|^~\\&|CARE|HARBOR|WARD|MERCY|20260511182001+0000||ACK^A01^ACK|OURS1|P|2.5.1\rMSA|AA|MSG7\r")


def test_an_error_says_what_and_where() -> None:
    [answer] = heard(a_message(), FAULTY)

    assert (answer.code, answer.conditions) == ("AE", ["101"])
    assert answer.field("ERR", 2) == "PID^1^3"
    assert answer.field("ERR", 3) == "101^Required field missing^HL70357"
    assert answer.field("ERR", 8) == answer.field("MSA", 3) == "PID-3: a patient has no identifier"


def test_the_separators_are_those_of_the_message_and_what_is_said_is_escaped() -> None:
    message = b"MSH#*~!+#WARD#MERCY#CARE#HARBOR#20260511##ADT*A01#7#P#2.3\r"

    [answer] = answers(Header.of(message), Verdict("AE", (Fault("102", "a # in PID-5*1\nis né"),)), NOW, "OURS1")

    assert answer.split(b"\r")[0] == b"MSH#*~!+#CARE#HARBOR#WARD#MERCY#20260511182001+0000##ACK*A01*ACK#OURS1#P#2.3"
    assert answer.split(b"\r")[1] == b"MSA#AE#7#a !F! in PID-5!S!1 is n?"
    assert b"#102*Data type error*HL70357#E#" in answer


def test_names_are_echoed_byte_by_byte() -> None:
    message = a_message(sender="STATION|MÜNSTER").decode().encode("iso8859-1")

    [answer] = answers(Header.of(message), Verdict("AA"), NOW, "OURS1")

    assert "|STATION|MÜNSTER|".encode("iso8859-1") in answer


@pytest.mark.parametrize("junk", [b"", b"MSH", b"MSH|", b"PID|1", b"\x00\xff" * 50, b"MSH|^~\\&|" + b"|" * 500])
def test_what_is_no_message_is_answered_too(junk: bytes) -> None:
    [answer] = heard(junk, FAULTY)

    assert answer.text.startswith("MSH|^~\\&|")
    assert (answer.code, answer.about) == ("AE", "")


ORIGINAL, BOTH = "|", "AL|AL"


@pytest.mark.parametrize(
    ("acks", "outcome", "codes"),
    [
        (ORIGINAL, "AA", ["AA"]),
        (ORIGINAL, "AR", ["AR"]),
        (BOTH, "AA", ["CA", "AA"]),
        (BOTH, "AE", ["CA", "AE"]),
        (BOTH, "AR", ["CE"]),
        ("AL|NE", "AA", ["CA"]),
        ("AL|NE", "AE", ["CA"]),
        ("NE|AL", "AE", ["AE"]),
        ("NE|AL", "AR", ["AR"]),
        ("NE|NE", "AE", []),
        ("ER|ER", "AA", []),
        ("ER|ER", "AE", ["AE"]),
        ("ER|ER", "AR", ["CE"]),
        ("SU|SU", "AA", ["CA", "AA"]),
        ("SU|SU", "AE", ["CA"]),
        ("|AL", "AA", ["AA"]),
        ("AL|", "AA", ["CA"]),
    ],
)
def test_enhanced_mode_says_what_the_sender_wants_to_hear(acks: str, outcome: Outcome, codes: list[str]) -> None:
    assert [answer.code for answer in heard(a_message(acks=acks), Verdict(outcome))] == codes


def test_an_answer_is_never_answered() -> None:
    assert heard(a_message(event="ACK^A01"), Verdict("AA")) == []


def test_every_issue_of_a_refusal_is_a_fault() -> None:
    refusal = Unprocessable(Issue("a name is missing", code="required"), Issue("a rule says no"))

    assert faults_of(refusal) == (Fault("101", "a name is missing"), Fault("207", "a rule says no"))
    assert faults_of(Unmappable("no such class", Position("PV1", 1, 2), "103")) == (
        Fault("103", "PV1-2: no such class", "PV1^1^2"),
    )


def test_an_answer_stays_short_whatever_is_wrong() -> None:
    long = Verdict("AE", tuple(Fault("102", "x" * 10_000) for _ in range(50)))

    [answer] = answers(Header.of(a_message("C" * 3_000, sender=f"{'S' * 3_000}|{'F' * 3_000}")), long, NOW, "OURS1")

    assert len(answer) < 4_096
