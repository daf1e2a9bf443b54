"""The test's own hand on the stream: what stands in it, and what it puts there itself."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

import nats
import orjson
from nats.aio.client import Client
from nats.js.api import ConsumerConfig, StreamConfig
from nats.js.errors import NotFoundError

from shared.events import envelope
from shared.events.envelope import Message
from shared.events.event import Event
from shared.events.stream import Stream
from tests.broker import Broker
from tests.shared.delivery.towns import Resource


class Wire:
    """`async with Wire(broker) as wire`."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._client: Client

    async def __aenter__(self) -> Self:
        self._client = await nats.connect(self._broker.url)
        return self

    async def __aexit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        await self._client.close()

    async def messages(self) -> list[Message]:
        """Everything in the stream, in order."""
        stream = self._client.jetstream()
        state = (await stream.stream_info("CARE")).state
        found = [await stream.get_msg("CARE", place) for place in range(state.first_seq, state.last_seq + 1)]
        return [Message(each.subject or "", each.headers or {}, each.data or b"", each.seq or 0) for each in found]

    async def names(self) -> list[str]:
        """`Type.name id` of everything in the stream."""
        subjects = [message.subject.split(".") for message in await self.messages()]
        return [f"{type}.{name} {id}" for _, type, name, id in subjects]

    async def patients(self) -> list[str]:
        """The ids of events about patients, in order."""
        return [message.event_id for message in await self.messages() if message.subject.startswith("care.Patient.")]

    async def publish(self, *messages: Message) -> None:
        """Without Nats-Msg-Id: the stream takes it however often it is sent."""
        for message in messages:
            headers = {name: value for name, value in message.headers.items() if name != "Nats-Msg-Id"}
            await self._client.jetstream().publish(message.subject, message.body, headers=headers)

    async def stream(self) -> StreamConfig:
        """The stream's settings, as the broker has them."""
        return (await self._client.jetstream().stream_info("CARE")).config

    async def consumer(self, name: str) -> ConsumerConfig:
        """The settings of a consumer, as the broker has them."""
        return (await self._client.jetstream().consumer_info("CARE", name)).config

    async def delete_stream(self) -> None:
        with suppress(NotFoundError):
            await self._client.jetstream().delete_stream("CARE")

    async def make_stream(self) -> None:
        """As any service would."""
        stream = Stream(self._broker.url, "wire")
        stream.open()
        await stream.available()
        await stream.ensure()
        await stream.close()

    async def delete_consumer(self, name: str) -> None:
        await self._client.jetstream().delete_consumer("CARE", name)


def told(
    resource: Resource, version: int, name: str = "updated", id: str = "", headers: Iterable[tuple[str, str]] = ()
) -> Message:
    """What north would publish of a version of its resource."""
    stamped = resource | {"meta": {"versionId": str(version), "lastUpdated": "2026-11-23T12:00:00.000Z"}}
    event = Event(
        id=id or f"event-{resource['id']}-{version}",
        type=resource["resourceType"],
        name=name,
        subject=resource["id"],
        version=version,
        time=datetime(2026, 11, 23, 12, tzinfo=UTC),
        source="/careloom/north",
        text=orjson.dumps(stamped),
        headers=dict(headers),
    )
    return envelope.message(event)
