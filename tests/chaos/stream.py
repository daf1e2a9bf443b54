"""The run's own hand on the stream: takes from it, puts into it, looks at it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from random import Random
from typing import Self

import nats
import nats.errors
import nats.js.errors
from nats.aio.client import Client
from nats.js import JetStreamContext

from shared.events.envelope import Message
from shared.kernel.ids import new_id
from tests.chaos.instance import SERVICES

NAME = "CARE"
_SECONDS = 3.0


class Hand:
    """`async with Hand(url) as hand`. Whatever it does may fail while the broker is away: it raises nats.errors.Error."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def __aenter__(self) -> Self:
        self._client: Client = await nats.connect(self._url, connect_timeout=_SECONDS, allow_reconnect=False, error_cb=_quiet)
        self._stream: JetStreamContext = self._client.jetstream(timeout=_SECONDS)
        return self

    async def __aexit__(self, *_: object) -> None:
        with suppress(Exception):
            await self._client.close()

    async def extent(self) -> tuple[int, int]:
        state = (await self._stream.stream_info(NAME)).state
        return state.first_seq, state.last_seq

    async def message(self, place: int) -> Message | None:
        with suppress(nats.js.errors.NotFoundError):
            found = await self._stream.get_msg(NAME, place)
            return Message(found.subject or "", found.headers or {}, found.data or b"", place)
        return None

    async def latest(self, number: int) -> list[Message]:
        """The last messages, oldest first."""
        first, last = await self.extent()
        found = [await self.message(place) for place in range(max(first, last - number + 1), last + 1)]
        return [each for each in found if each]

    async def again(self, messages: Sequence[Message], random: Random) -> None:
        """Publish messages once more, shuffled, each as a message of its own to the broker."""
        for message in random.sample(messages, len(messages)):
            await self._stream.publish(message.subject, message.body, headers=dict(message.headers) | {"Nats-Msg-Id": new_id()})

    async def publish(self, subject: str, body: bytes, headers: Mapping[str, str]) -> None:
        await self._stream.publish(subject, body, headers=dict(headers))

    async def delete_stream(self) -> None:
        with suppress(nats.js.errors.NotFoundError):
            await self._stream.delete_stream(NAME)

    async def delete_latest(self, number: int) -> None:
        """Take the last messages out; their places stay empty."""
        for message in await self.latest(number):
            await self._stream.delete_msg(NAME, message.sequence)

    async def delete_consumer(self, service: str) -> None:
        with suppress(nats.js.errors.NotFoundError):
            await self._stream.delete_consumer(NAME, f"careloom-{service}")

    async def waiting(self) -> dict[str, int]:
        """Service → messages that it has not acknowledged yet."""
        found = {}
        for service in SERVICES:
            info = await self._stream.consumer_info(NAME, f"careloom-{service}")
            found[service] = (info.num_pending or 0) + (info.num_ack_pending or 0)
        return found


async def _quiet(_: Exception) -> None:
    """The broker is killed on purpose."""
