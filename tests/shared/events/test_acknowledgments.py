"""What the stream says of a publication's messages, in any order, and of earlier ones."""

from __future__ import annotations

import asyncio

from shared.events.acknowledgments import Acknowledgments, Place, Refused, published


def acknowledged(place: int) -> bytes:
    return b'{"stream":"CARE","seq":%d}' % place


async def test_each_message_gets_its_own_answer_whatever_the_order() -> None:
    said = Acknowledgments("_INBOX.a.")
    said.begin()
    one, two = said.expect(), said.expect()

    said.arrive(said.subject(two), acknowledged(8))
    said.arrive(said.subject(one), acknowledged(7))
    await said.all(5)

    assert (said.of(one), said.of(two)) == (Place(7), Place(8))


async def test_all_waits_for_what_is_expected_after_an_early_answer() -> None:
    said = Acknowledgments("_INBOX.a.")
    said.begin()
    one = said.expect()
    said.arrive(said.subject(one), acknowledged(7))
    two = said.expect()
    waiting = asyncio.create_task(said.all(5))
    await asyncio.sleep(0)
    assert not waiting.done()

    said.arrive(said.subject(two), acknowledged(8))
    await waiting

    assert said.of(two) == Place(8)


async def test_an_answer_to_an_earlier_publication_is_passed_over() -> None:
    said = Acknowledgments("_INBOX.a.")
    said.begin()
    late = said.expect()
    said.expect_no_more()
    await said.all(5)
    said.begin()
    now = said.expect()

    said.arrive(said.subject(late), acknowledged(7))
    said.arrive(said.subject(now), acknowledged(8))
    await said.all(5)

    assert (said.of(late), said.of(now)) == (None, Place(8))


async def test_what_is_not_answered_in_time_is_not_known() -> None:
    said = Acknowledgments("_INBOX.a.")
    said.begin()
    one = said.expect()

    await said.all(0.01)
    said.arrive(said.subject(one), acknowledged(7))

    assert said.of(one) is None


def test_only_a_bad_request_is_refused_for_good() -> None:
    assert published(b'{"error":{"code":400,"description":"too large"}}') == Refused("too large")
    assert published(b'{"error":{"code":503,"description":"no leader"}}') is None
    assert published(b"") is None
    assert published(b'{"stream":"CARE","seq":3,"duplicate":true}') == Place(3)
