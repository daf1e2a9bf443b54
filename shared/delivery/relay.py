"""Publishes what the outbox holds, in the order of commits, and makes sure that the stream still has what it acknowledged."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from time import monotonic
from typing import Any, Final

import structlog

from shared.delivery.agreement import last_agreeing
from shared.delivery.lease import Lease
from shared.delivery.loop import wait_for
from shared.events import envelope
from shared.events.acknowledgments import Place, Published, Refused
from shared.events.envelope import Message
from shared.events.event import Event
from shared.events.stream import BrokerAway, Stream
from shared.fhir.issue import Issue
from shared.fhir.refusal import outcome
from shared.kernel.clock import system_now
from shared.service import Deployed
from shared.store import dead_letters, following, handovers, outbox
from shared.store.dead_letters import DeadLetter
from shared.store.following import Beginning
from shared.store.outbox import Outgoing
from shared.store.transaction import Transaction

_NAME: Final = "relay"
_BATCH: Final = 256
_FEW: Final = 32
"""So many rows are read in the event loop's thread; what is more takes another one."""
_QUIET_SECONDS: Final = 0.05
_MARK_SECONDS: Final = 0.25
"""Marks wait for a pause, so long at most. What a process that ends without warning has not marked is published again, and the
stream takes it for what it is."""
_IDLE_SECONDS: Final = {"sqlite": 1.0, "postgresql": 0.03}
_LOOK_SECONDS: Final = 5.0
_BACK_SECONDS: Final = 1.0
"""So often the whole outbox is looked at, for what is to be sent again; in between only what is new in it."""
_PRUNE_SECONDS: Final = 60.0
_END: Final = 2**62

_log = structlog.get_logger()


class Relay:
    """`run` goes on until it is cancelled; then `flush` notes what is still to be noted.

    Acknowledged rows are marked some at a time: those that a crash leaves unmarked are published twice and taken once.
    """

    def __init__(self, deployed: Deployed, stream: Stream) -> None:
        self._store = deployed.store
        self._stream = stream
        self._source = f"/careloom/{deployed.service.name}"
        self._base = deployed.settings.service_url(deployed.service.name, deployed.service.directory.owns)
        self._settings = deployed.settings
        self._lease = Lease(deployed.store, _NAME)
        self._wake = asyncio.Event()
        self._marks: dict[int, int] = {}
        self._marked_at = monotonic()
        self._looked_back_at = -_BACK_SECONDS
        self._audited: tuple[int, str] | None = None
        self._looked_at = -_LOOK_SECONDS
        self._pruned_at = -_PRUNE_SECONDS
        self._store.listen(self._wake.set)
        stream.watch(self._wake.set)

    @property
    def relays(self) -> bool:
        """Whether this process is the one that publishes."""
        return self._lease.held

    async def run(self) -> None:
        """One round: see that all is well with the stream, publish what waits, then wait for more. Raises BrokerAway."""
        if not self._stream.connected:
            await self.flush()
        connection = await self._stream.available()
        if not await self._lease.hold():
            self._marks.clear()  # whoever relays now publishes these rows again, and notes where the stream has them then
            await asyncio.sleep(_LOOK_SECONDS / 10)
            return
        await self._look_after_stream(connection)
        try:
            await self._publish_waiting(connection)
        except BrokerAway:
            self._looked_at, self._looked_back_at = -_LOOK_SECONDS, -_BACK_SECONDS
            raise
        await self._prune()
        idle = _IDLE_SECONDS[self._store.dialect]
        goes_on = await wait_for(self._wake, min(idle, _QUIET_SECONDS) if self._marks else idle)
        if self._marks and not (goes_on and monotonic() - self._marked_at < _MARK_SECONDS):
            await self.flush()

    async def flush(self) -> None:
        """Mark what was acknowledged."""
        marks, self._marked_at = dict(self._marks), monotonic()
        if marks:
            await self._store.unit(lambda tx: outbox.mark_sent(tx.connection, marks.items()))
            self._marks = {sequence: place for sequence, place in self._marks.items() if sequence not in marks}

    async def stop(self) -> None:
        await self.flush()
        await self._lease.give_up()

    async def _publish_waiting(self, connection: int) -> None:
        """While these rows are on their way, the next are read and the last are marked."""
        rows = await self._unsent()
        while rows:
            more, _, _ = await _all_done(self._behind(rows), self._publish(rows, connection), self._mark_many())
            if not (more or self._wake.is_set()) or not await self._lease.hold():
                return
            rows = more or await self._unsent()

    async def _unsent(self, beyond: int = 0) -> list[Outgoing]:
        self._wake.clear()
        beyond = beyond or self._newest_published()
        if beyond or not self._marks:
            rows = await self._store.view(lambda view: outbox.unsent(view.at_hand, self._source, _FEW, beyond))
            if len(rows) < _FEW:
                return rows
        limit = _BATCH if beyond else _BATCH + len(self._marks)
        rows = await self._store.view(lambda view: outbox.unsent(view.connection, self._source, limit, beyond))
        return [row for row in rows if row.sequence not in self._marks]

    def _newest_published(self) -> int:
        """Of what is not marked yet: it need not be read again. 0 when it is time to look at everything."""
        if not self._marks or monotonic() - self._looked_back_at > _BACK_SECONDS:
            self._looked_back_at = monotonic()
            return 0
        return max(self._marks)

    async def _behind(self, rows: Sequence[Outgoing]) -> list[Outgoing]:
        """What comes next in a backlog. What was set to be sent again meanwhile, before these, comes after it."""
        return await self._unsent(rows[-1].sequence) if len(rows) >= _BATCH else []

    async def _mark_many(self) -> None:
        if len(self._marks) >= _BATCH:
            await self.flush()

    async def _publish(self, rows: Sequence[Outgoing], connection: int) -> None:
        messages = [self._message(row) for row in rows]
        await self._note(rows, messages, await self._stream.publish(messages, connection))

    def _message(self, row: Outgoing) -> Message:
        event = row.event
        large = event.version > 0 and len(event.text) > self._settings.event_max_bytes
        return envelope.message(event, f"{self._base}/fhir/{event.reference}/_history/{event.version}" if large else "")

    async def _note(self, rows: Sequence[Outgoing], messages: Sequence[Message], published: Sequence[Published]) -> None:
        refused: list[tuple[Outgoing, Message, Refused]] = []
        for row, message, result in zip(rows, messages, published, strict=True):
            if isinstance(result, Place):
                self._marks[row.sequence] = result.sequence
            elif isinstance(result, Refused):
                refused.append((row, message, result))
        if refused:
            await self._store.unit(lambda tx: _give_up(tx, refused))
        if None in published:
            raise BrokerAway("some events were not acknowledged")

    async def _look_after_stream(self, connection: int) -> None:
        """On every connection, and now and then: the stream is there and holds what it acknowledged."""
        if self._audited and self._audited[0] == connection and monotonic() - self._looked_at < _LOOK_SECONDS:
            return
        extent = await self._stream.ensure()
        if self._audited != (connection, extent.created):
            await self.flush()
            known = await self._store.view(lambda view: following.beginning(view.connection, _NAME))
            is_another = known is not None and known.stream != extent.created
            lost = 0 if is_another else await last_agreeing(self._stream, extent, self._newest, await self._last_place())
            if lost is not None:
                _log.warning("the stream has lost events; they are published again", after=lost)
            if known is None or lost is not None:
                await self._store.unit(lambda tx: _stand(tx, extent.created, lost))
            self._audited = (connection, extent.created)
        self._looked_at = monotonic()

    async def _newest(self, at_most: int) -> tuple[int, str] | None:
        return await self._store.view(lambda view: outbox.newest_sent(view.connection, at_most))

    async def _last_place(self) -> int:
        newest = await self._newest(_END)
        return newest[0] if newest else 0

    async def _prune(self) -> None:
        if monotonic() - self._pruned_at < _PRUNE_SECONDS:
            return
        before = system_now() - self._settings.outbox_keep
        while await self._store.unit(lambda tx: outbox.prune(tx.connection, before)) == outbox.PRUNED_AT_ONCE:
            pass
        self._pruned_at = monotonic()


async def _all_done(*works: Awaitable[Any]) -> list[Any]:
    """What they come to, when all of them are at their end; the first error, if any was raised."""
    done = await asyncio.gather(*works, return_exceptions=True)
    for result in done:
        if isinstance(result, BaseException):
            raise result
    return done


def _stand(tx: Transaction, stream: str, lost: int | None) -> None:
    """From now on places are of this stream. Those behind `lost` are not there any more."""
    if lost is not None:
        outbox.unmark(tx.connection, lost)
    following.remember(tx.connection, _NAME, Beginning(stream, 0))


def _give_up(tx: Transaction, refused: Sequence[tuple[Outgoing, Message, Refused]]) -> None:
    outbox.mark_sent(tx.connection, [(row.sequence, outbox.REFUSED) for row, _, _ in refused])
    for row, message, result in refused:
        name = f"{row.event.type}.{row.event.name}"
        letter = DeadLetter("outbox", row.event.reference, name, result.why, 1, row.sequence, message.headers, message.body)
        dead_letters.add(tx.connection, letter)
        _not_handed_over(tx, row.event, result)


def _not_handed_over(tx: Transaction, event: Event, refused: Refused) -> None:
    """A proposal that never leaves is rejected, as far as its handover goes."""
    if handover := event.headers.get("care-handover"):
        said = outcome([Issue(f"the broker does not take it: {refused.why}", code="too-long")])
        handovers.note(tx, handover, {event.reference: ("rejected", said)})
