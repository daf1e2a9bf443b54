"""What the stream says of the messages of a publication: each is answered at a subject of its own, in any order."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import orjson

_BAD_REQUEST: Final = 400


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message stands in the stream, by the stream's acknowledgement."""

    sequence: int


@dataclass(frozen=True, slots=True)
class Refused:
    """A message that the broker will never take, and why."""

    why: str


Published = Place | Refused | None
"""What came of a message; None: not known, publish it again."""


class Acknowledgments:
    """Of one publication after the other; what still arrives of an earlier one is passed over. `inbox` ends with a dot."""

    def __init__(self, inbox: str) -> None:
        self._inbox = inbox
        self._number = 0
        self._expected: set[int] = set()
        self._arrived: dict[int, Published] = {}
        self._complete = asyncio.Event()

    def begin(self) -> None:
        """Another publication."""
        self._expected.clear()
        self._arrived.clear()

    def expect(self) -> int:
        """One more is to be acknowledged, at the subject of this number."""
        self._number += 1
        self._expected.add(self._number)
        self._complete.clear()
        return self._number

    def subject(self, number: int) -> str:
        return f"{self._inbox}{number}"

    def arrive(self, subject: str, body: bytes) -> None:
        """The stream, or the broker in its place, has answered."""
        number = int(subject.rpartition(".")[2])
        if number in self._expected:
            self._expected.discard(number)
            self._arrived[number] = published(body)
            if not self._expected:
                self._complete.set()

    def give_up(self, number: int) -> None:
        """This one was not sent."""
        self._expected.discard(number)

    def expect_no_more(self) -> None:
        """The connection is gone, and with it whatever was on its way."""
        self._expected.clear()
        self._complete.set()

    async def all(self, seconds: float) -> None:
        """Wait until nothing is expected any more, so long at most."""
        if self._expected:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._complete.wait()
        self._expected.clear()

    def of(self, number: int) -> Published:
        return self._arrived.get(number)


def published(body: bytes) -> Published:
    """An acknowledgement as JetStream writes it; empty where there is no stream.

    https://docs.nats.io/reference/reference-protocols/nats_api_reference#publishing-to-streams
    """
    answer = orjson.loads(body) if body else {}
    error = answer.get("error")
    if error:
        return Refused(error.get("description") or str(error)) if error.get("code") == _BAD_REQUEST else None
    return Place(answer["seq"]) if "seq" in answer else None
