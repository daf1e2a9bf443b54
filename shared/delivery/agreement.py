"""How far what we noted agrees with what the stream holds: a broker may have lost its tail, or be another one altogether."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from shared.events.stream import Extent, Stream

Newest = Callable[[int], Awaitable[tuple[int, str] | None]]
"""Answers (place, event id) of the event that we noted last, up to a place of the stream."""


async def last_agreeing(stream: Stream, extent: Extent, newest: Newest, end: int) -> int | None:
    """The last place up to `end` where the stream holds the event that we noted there; 0: nowhere. None: all agrees.

    It is a place that we noted: behind it the stream may hold by now what others have put there. What is older than the
    stream's first message can't be compared any more, and is taken to agree. Raises BrokerAway.
    """

    async def agrees(noted: tuple[int, str] | None) -> bool:
        if noted is None:
            return True
        place, event_id = noted
        expired = place < extent.first <= extent.last + 1 and extent.last >= place
        return expired or (place <= extent.last and await stream.event_at(place) == event_id)

    if await agrees(await newest(end)):
        return None
    low, high, agreed = 0, end, 0
    while low < high:
        middle = (low + high + 1) // 2
        noted = await newest(middle)
        if await agrees(noted):
            low, agreed = middle, noted[0] if noted else 0
        else:
            high = noted[0] - 1 if noted else 0
    return agreed
