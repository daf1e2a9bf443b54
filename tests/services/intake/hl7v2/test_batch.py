"""Several messages in one frame."""

from __future__ import annotations

import pytest

from services.intake.hl7v2.batch import batch_of
from tests.services.intake.hl7v2.senders import a_message

ONE, TWO = a_message("1"), a_message("2")


@pytest.mark.parametrize("content", [b"", ONE, b"\xef\xbb\xbf" + ONE, ONE.replace(b"\r", b"\n"), b"junk", b"BHS|^~\\&\rBTS|0\r"])
def test_what_holds_one_message_or_none_stays_as_it_is(content: bytes) -> None:
    assert batch_of(content).messages == (content,)


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n"])
def test_a_batch_is_its_messages(end: bytes) -> None:
    content = (b"FHS|^~\\&|WARD\rBHS|^~\\&|WARD\r" + ONE + TWO + b"BTS|2\rFTS|1\r").replace(b"\r", end)

    batch = batch_of(content)

    assert batch.messages == (ONE.replace(b"\r", end), TWO.replace(b"\r", end))
    assert batch.answered([b"MSA|1\r", b"MSA|2\r"]) == b"FHS|^~\\&\rBHS|^~\\&\rMSA|1\rMSA|2\rBTS|2\rFTS|1\r"


def test_messages_one_behind_the_other_are_answered_one_behind_the_other() -> None:
    batch = batch_of(ONE + TWO)

    assert batch.messages == (ONE, TWO)
    assert batch.answered([b"MSA|1\r", b"MSA|2\r"]) == b"MSA|1\rMSA|2\r"
