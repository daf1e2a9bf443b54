"""Where a service's consumer stands: made at the stream's end for a new store, and anew where the stream lost what it had."""

from __future__ import annotations

from collections.abc import Set
from typing import Final

import structlog

from shared.delivery.agreement import last_agreeing
from shared.delivery.interest import filters
from shared.events.stream import Extent, Position, Stream
from shared.service import Service
from shared.store import following, inbox
from shared.store.following import Beginning
from shared.store.store import Store
from shared.store.transaction import Transaction

_END: Final = 2**62

_log = structlog.get_logger()


class Footing:
    """`await find()` before reading, after every connection, and whenever the consumer does not answer."""

    def __init__(self, service: Service, store: Store, stream: Stream) -> None:
        self.consumer = f"careloom-{service.name}"
        self._service = service
        self._store = store
        self._stream = stream
        self._filters = filters(service)

    async def find(self) -> None:
        """See that the consumer exists, stands where this store does, and has the service's filters. Raises BrokerAway."""
        extent = await self._stream.ensure()
        position = await self._stream.consumer(self.consumer)
        after = await self._after(extent, position)
        if after is not None:
            await self._stream.make_consumer(self.consumer, self._filters, after)
            await self._store.unit(lambda tx: self._stand(tx, extent, after))
        elif position and position.filters != set(self._filters):
            await self._stream.refilter(self.consumer, self._filters)
        unheard = set(self._filters) - position.filters if position else set()
        await self._store.unit(lambda tx: self._follow(tx, unheard, extent.last))

    async def checkpoint(self) -> Position | None:
        """Remember how far everything is taken, should the broker forget it. Answers where the consumer is. Raises BrokerAway."""
        position = await self._stream.consumer(self.consumer)
        began = await self._store.view(lambda view: following.beginning(view.connection, self.consumer))
        if position and began and position.floor > began.sequence:
            moved = Beginning(began.stream, position.floor)
            await self._store.unit(lambda tx: following.remember(tx.connection, self.consumer, moved))
        return position

    async def _after(self, extent: Extent, position: Position | None) -> int | None:
        """The place behind which a consumer is to be made; None if the one that there is will do.

        Up to where all was acknowledged (`began`), there is nothing left to take; behind what was taken last, the stream may
        hold by now what others have put there: so the lower of the two.
        """
        began = await self._store.view(lambda view: following.beginning(view.connection, self.consumer))
        if began is None:
            began = await self._store.unit(lambda tx: self._begin(tx, extent))
            return began.sequence
        if began.stream != extent.created:
            _log.warning("the stream is another one; listening from its beginning", consumer=self.consumer)
            return 0
        newest = await self._newest(_END)
        lost = await last_agreeing(self._stream, extent, self._newest, newest[0] if newest else 0)
        if lost is not None:
            _log.warning("the stream has lost events that were taken; listening from there", consumer=self.consumer, after=lost)
            return min(lost, began.sequence)
        if position is None or position.floor > extent.last:
            return min(began.sequence, newest[0] if newest else extent.last)
        return None

    def _begin(self, tx: Transaction, extent: Extent) -> Beginning:
        """A new store listens from the stream's end; of several processes the first to say so decides."""
        began = following.beginning(tx.connection, self.consumer)
        if began is None:
            began = Beginning(extent.created, extent.last)
            following.remember(tx.connection, self.consumer, began)
        return began

    def _stand(self, tx: Transaction, extent: Extent, after: int) -> None:
        began = following.beginning(tx.connection, self.consumer)
        if began and began.stream != extent.created:
            following.lose_places(tx.connection)
        inbox.forget_places(tx.connection, after)
        following.remember(tx.connection, self.consumer, Beginning(extent.created, after))

    def _follow(self, tx: Transaction, unheard: Set[str], end: int) -> None:
        """Types that are followed from now on, or whose events were not heard for a while, are loaded; what the stream brings
        behind its present end comes on top."""
        known = following.states(tx.connection).keys()
        following.drop(tx.connection, known - set(self._service.follows))
        following.load_again(tx.connection, (type for type in known if f"care.{type}.>" in unheard))
        for type in self._service.follows:
            following.begin(tx.connection, type, end)

    async def _newest(self, at_most: int) -> tuple[int, str] | None:
        return await self._store.view(lambda view: inbox.newest(view.connection, at_most))
