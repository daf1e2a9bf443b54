"""What is a frame on the line, and what is not."""

from __future__ import annotations

import random

import pytest

from services.intake.hl7v2.framing import Framer, framed


def contents(framer: Framer, *pieces: bytes) -> list[bytes]:
    return [frame.content for piece in pieces for frame in framer.feed(piece)]


def test_frames_come_out_in_order_however_the_bytes_arrive() -> None:
    line = b"noise" + framed(b"one") + b"\r\n" + framed(b"two") + b"\xef\xbb\xbf" + framed(b"") + framed(b"thr\x1cee")

    for seed in range(50):
        chance = random.Random(seed)
        cuts = sorted(chance.sample(range(len(line)), 8))
        pieces = [line[start:end] for start, end in zip([0, *cuts], [*cuts, len(line)], strict=True)]
        framer = Framer(100)

        assert contents(framer, *pieces) == [b"one", b"two", b"", b"thr\x1cee"]
        assert (framer.skipped, framer.cut) == (len(b"noise") + 3, 0)


def test_a_frame_may_end_with_a_line_feed() -> None:
    assert contents(Framer(100), b"\x0bone\x1c\n", framed(b"two")) == [b"one", b"two"]


def test_who_begins_anew_in_mid_frame_means_the_new_one() -> None:
    framer = Framer(100)

    assert contents(framer, b"\x0bMSH|half", framed(b"MSH|whole")) == [b"MSH|whole"]
    assert framer.cut == 1


def test_what_is_cut_by_the_end_of_the_line_is_no_frame() -> None:
    framer = Framer(100)

    assert contents(framer, framed(b"one") + b"\x0btw") == [b"one"]
    assert framer.is_inside
    assert framer.end() == []
    assert framer.cut == 1


def test_what_ends_without_its_carriage_return_is_one_when_the_line_ends() -> None:
    framer = Framer(100)

    assert contents(framer, b"\x0bone\x1c") == []
    assert [frame.content for frame in framer.end()] == [b"one"]


@pytest.mark.parametrize("piece", [7, 1_000, 100_000])
def test_of_a_frame_that_is_too_large_the_beginning_is_kept_and_the_next_one_is_whole(piece: int) -> None:
    framer = Framer(100_000)
    line = framed(b"MSH|" + b"x" * 1_000_000) + framed(b"next")
    most = 0
    found = []
    for start in range(0, len(line), piece):
        found += framer.feed(line[start : start + piece])
        most = max(most, len(framer._held))

    assert [(frame.too_large, frame.size) for frame in found] == [(True, 1_000_004), (False, 4)]
    assert found[0].content.startswith(b"MSH|xxx")
    assert len(found[0].content) == 64 * 1024
    assert most <= 100_000 + piece


def test_blanks_without_end_take_no_room() -> None:
    framer = Framer(1_000)

    assert contents(framer, *[b" " * 100_000] * 20) == []
    assert framer.skipped == 2_000_000
    assert [frame.is_blank for frame in framer.feed(framed(b"\xef\xbb\xbf \r\n"))] == [True]
