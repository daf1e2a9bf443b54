"""The stream CARE on the broker: published to in batches, read by durable consumers. The one module that imports nats."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, TypeVar

import nats.errors
import nats.js.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.js import JetStreamContext
from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    ConsumerInfo,
    DeliverPolicy,
    DiscardPolicy,
    RetentionPolicy,
    StorageType,
    StreamConfig,
    StreamInfo,
)

from shared.events.acknowledgments import Acknowledgments, Published, Refused
from shared.events.envelope import Message

NAME: Final = "CARE"
SUBJECTS: Final = ("care.>",)
ACK_WAIT_SECONDS: Final = 5.0
_DUPLICATE_WINDOW_SECONDS: Final = 600
_MAX_ACK_PENDING: Final = 4096
_SHORT_ACK: Final = 9
_SETTINGS: Final = ("subjects", "num_replicas", "max_age", "duplicate_window")
_ACK_SECONDS: Final = 5.0
_RECONNECT_SECONDS: Final = 0.2
_PING_SECONDS: Final = 5
_NEVER: Final = (nats.errors.MaxPayloadError, nats.errors.BadSubjectError, nats.errors.BadHeaderError)

T = TypeVar("T")

_log = logging.getLogger(__name__)


class BrokerAway(Exception):
    """The broker can't be asked just now, or did not answer. Try again."""


@dataclass(frozen=True, slots=True)
class Extent:
    """What the stream holds: its first and last place (last < first: nothing), and when this very stream was made."""

    created: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Position:
    """How far a consumer is: all up to `floor` is acknowledged, `pending` messages are to come, `unacknowledged` are out."""

    filters: frozenset[str]
    floor: int
    pending: int
    unacknowledged: int


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message from an inbox, and the subject at which its sender is answered (or told of acknowledgement)."""

    message: Message
    reply: str


@dataclass(frozen=True, slots=True)
class Inbox:
    """Where messages arrive that were asked for."""

    subject: str
    subscription: Subscription

    async def close(self) -> None:
        """Have nothing more sent here; what is on its way still arrives."""
        with suppress(nats.errors.Error, OSError, TimeoutError):
            await self.subscription.drain()  # type: ignore[no-untyped-call]


class Stream:
    """One process's connection to the broker. It is opened once and connects again for ever."""

    def __init__(self, url: str, name: str, *, replicas: int = 1, max_age: timedelta = timedelta(days=30)) -> None:
        self.client = Client()
        self.connections = 0
        self._url = url
        self._name = name
        self._config = StreamConfig(
            name=NAME,
            subjects=list(SUBJECTS),
            retention=RetentionPolicy.LIMITS,
            storage=StorageType.FILE,
            discard=DiscardPolicy.OLD,
            num_replicas=replicas,
            max_age=max_age.total_seconds(),
            duplicate_window=min(_DUPLICATE_WINDOW_SECONDS, max_age.total_seconds()),
        )
        self._jetstream = JetStreamContext(self.client, timeout=_ACK_SECONDS)
        self._connecting: asyncio.Task[None] | None = None
        self._connected = asyncio.Event()
        self._watchers: list[Callable[[], None]] = []
        self._acknowledgments: Acknowledgments | None = None

    def open(self) -> None:
        """Begin to connect, in the background. `connections` counts how often it came about."""
        self._connecting = asyncio.create_task(self._connect(), name="connecting to the broker")

    @property
    def connected(self) -> bool:
        return self._connected.is_set()

    def watch(self, changed: Callable[[], None]) -> None:
        """Have a function called whenever the connection came or went."""
        self._watchers.append(changed)

    async def available(self) -> int:
        """Wait for a connection. Answers its number, which changes whenever it is another one."""
        await self._connected.wait()
        return self.connections

    async def close(self) -> None:
        if self._connecting and not self._connecting.done():
            self._connecting.cancel()
            await asyncio.wait([self._connecting])
        with suppress(nats.errors.Error, OSError, TimeoutError):
            if self.client.is_connected:
                await self.client.flush(timeout=1)
        with suppress(nats.errors.Error, OSError, TimeoutError):
            await self.client.close()

    async def ensure(self) -> Extent:
        """The stream as it is, made or brought up to the settings where it is not so. Raises BrokerAway."""
        return await self._asked(self._ensure)

    async def extent(self) -> Extent | None:
        """What the stream holds now; None if there is no stream. Raises BrokerAway."""
        return await self._asked(self._extent)

    async def event_at(self, sequence: int) -> str | None:
        """The id (`ce-id`) of the event at a place; None if there is no message. Raises BrokerAway."""
        return await self._asked(lambda: self._event_at(sequence))

    async def publish(self, messages: Sequence[Message], connection: int) -> list[Published]:
        """Publish in order, without waiting in between, then wait for all acknowledgements (5 s at most).

        On this connection only: places of the next one may be of a stream that has lost its tail.
        """
        acknowledgments = self._acknowledgments or await self._listen_for_acknowledgments()
        acknowledgments.begin()
        sent = [await self._send(message, connection, acknowledgments) for message in messages]
        await acknowledgments.all(_ACK_SECONDS)
        return [acknowledgments.of(each) if isinstance(each, int) else each for each in sent]

    async def _listen_for_acknowledgments(self) -> Acknowledgments:
        """Once: the subscription outlives reconnections. (nats-py's own publish_async makes a future and a random token of
        each message: two fifths of what publishing cost.)"""
        inbox = self.client.new_inbox()
        found = Acknowledgments(f"{inbox}.")

        async def arrive(msg: Msg) -> None:
            found.arrive(msg.subject, msg.data)

        await self._asked(lambda: self.client.subscribe(f"{inbox}.*", cb=arrive, pending_bytes_limit=0))
        self._acknowledgments = found
        return found

    def _lasts(self, connection: int) -> bool:
        return self.connected and self.connections == connection

    async def _send(self, message: Message, connection: int, acknowledgments: Acknowledgments) -> int | Refused | None:
        if not self._lasts(connection):
            return None
        number = acknowledgments.expect()
        reply = acknowledgments.subject(number)
        try:
            await self.client.publish(message.subject, message.body, reply, dict(message.headers))
        except _NEVER as error:
            acknowledgments.give_up(number)
            return Refused(f"{type(error).__name__}: {error}")
        except (nats.errors.Error, OSError):
            acknowledgments.give_up(number)
            return None
        if not self._lasts(connection):
            acknowledgments.expect_no_more()
        return number

    async def _connect(self) -> None:
        while not self.client.is_connected:
            try:
                await self.client.connect(
                    self._url,
                    name=self._name,
                    reconnected_cb=self._on_connected,
                    disconnected_cb=self._on_disconnected,
                    error_cb=_on_error,
                    max_reconnect_attempts=-1,
                    reconnect_time_wait=_RECONNECT_SECONDS,  # type: ignore[arg-type]  # any number of seconds is fine
                    ping_interval=_PING_SECONDS,
                    allow_reconnect=True,
                )
            except (nats.errors.Error, OSError, TimeoutError):
                await asyncio.sleep(_RECONNECT_SECONDS)
        await self._on_connected()

    async def _on_connected(self) -> None:
        self.connections += 1
        self._connected.set()
        self._tell()

    async def _on_disconnected(self) -> None:
        self._connected.clear()
        if self._acknowledgments:
            self._acknowledgments.expect_no_more()
        self._tell()

    def _tell(self) -> None:
        for changed in self._watchers:
            changed()

    async def _asked(self, ask: Callable[[], Awaitable[T]]) -> T:
        if not self.connected:
            raise BrokerAway("not connected")
        try:
            return await ask()
        except (nats.errors.Error, nats.js.errors.Error, OSError, TimeoutError) as error:
            raise BrokerAway(f"{type(error).__name__}: {error}") from error

    async def _ensure(self) -> Extent:
        try:
            found = await self._jetstream.stream_info(NAME)
        except nats.js.errors.NotFoundError:
            return _extent_of(await self._jetstream.add_stream(self._config))
        if any(getattr(found.config, key) != getattr(self._config, key) for key in _SETTINGS):
            found = await self._jetstream.update_stream(self._config)
        return _extent_of(found)

    async def _extent(self) -> Extent | None:
        try:
            return _extent_of(await self._jetstream.stream_info(NAME))
        except nats.js.errors.NotFoundError:
            return None

    async def _event_at(self, sequence: int) -> str | None:
        try:
            found = await self._jetstream.get_msg(NAME, sequence)
        except nats.js.errors.NotFoundError:
            return None
        return Message(found.subject or "", found.headers or {}).event_id

    # consumers

    async def consumer(self, name: str) -> Position | None:
        """How far a durable consumer is; None if there is none. Raises BrokerAway."""
        return await self._asked(lambda: self._consumer(name))

    async def make_consumer(self, name: str, filters: Sequence[str], after: int) -> None:
        """Make a durable consumer that begins behind a place of the stream, instead of one of this name. Raises BrokerAway."""
        config = ConsumerConfig(
            name=name,
            durable_name=name,
            deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
            opt_start_seq=after + 1,
            ack_policy=AckPolicy.EXPLICIT,
            ack_wait=ACK_WAIT_SECONDS,
            max_deliver=-1,
            max_ack_pending=_MAX_ACK_PENDING,
            filter_subjects=list(filters),
        )

        async def make() -> None:
            with suppress(nats.js.errors.NotFoundError):
                await self._jetstream.delete_consumer(NAME, name)
            await self._jetstream.add_consumer(NAME, config)

        await self._asked(make)

    async def refilter(self, name: str, filters: Sequence[str]) -> None:
        """Have a durable consumer listen to other subjects from where it is. Raises BrokerAway."""

        async def change() -> None:
            found = await self._jetstream.consumer_info(NAME, name)
            await self._jetstream.add_consumer(NAME, found.config.evolve(filter_subject=None, filter_subjects=list(filters)))

        await self._asked(change)

    async def _consumer(self, name: str) -> Position | None:
        try:
            return _position_of(await self._jetstream.consumer_info(NAME, name))
        except nats.js.errors.NotFoundError:
            return None

    # plain messages, for whoever reads a consumer

    async def inbox(self, arrived: Callable[[Arrived], None]) -> Inbox:
        """A fresh subject; what is sent to it goes to the function. It outlives reconnections. Raises BrokerAway."""

        async def take(msg: Msg) -> None:
            arrived(Arrived(Message(msg.subject, msg.headers or {}, msg.data, _place_in(msg.reply)), msg.reply))

        async def listen() -> Inbox:
            subject = self.client.new_inbox()
            return Inbox(subject, await self.client.subscribe(subject, cb=take, pending_bytes_limit=0))

        return await self._asked(listen)

    async def send(self, subject: str, body: bytes, reply: str = "") -> bool:
        """Send a plain message and wait for nothing; whether there was a connection to send it on."""
        if not self.connected:
            return False
        with suppress(nats.errors.Error, OSError):
            await self.client.publish(subject, body, reply=reply)
            return True
        return False


def _extent_of(info: StreamInfo) -> Extent:
    return Extent(str(info.created), info.state.first_seq, info.state.last_seq)


def _position_of(info: ConsumerInfo) -> Position:
    config = info.config
    filters = config.filter_subjects or ([config.filter_subject] if config.filter_subject else [])
    floor = info.ack_floor.stream_seq if info.ack_floor else 0
    return Position(frozenset(filters), floor, info.num_pending or 0, info.num_ack_pending or 0)


def _place_in(reply: str) -> int:
    """`$JS.ACK.<stream>.<consumer>.<deliveries>.<place>.…`, or with domain and account before the stream."""
    tokens = reply.split(".")
    if tokens[:2] != ["$JS", "ACK"]:
        return 0
    return int(tokens[5] if len(tokens) == _SHORT_ACK else tokens[7])


async def _on_error(error: Exception) -> None:
    _log.debug("broker: %s", error)
