"""Waiting until nothing is on its way any more."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import Final

import nats.errors

from tests.chaos.instance import SERVICES
from tests.chaos.place import Place
from tests.chaos.stream import Hand

_POLL_SECONDS: Final = 0.3
_QUIET: Final = 4
"""So many looks in a row must find nothing."""

_WAITS: Final = {
    "outbox rows unsent": "SELECT count(*) FROM outbox WHERE sent_sequence IS NULL",
    "events parked": "SELECT count(*) FROM parked",
    "types not loaded": "SELECT count(*) FROM following WHERE state <> 'live'",
}


async def settled(place: Place, patience: float) -> list[str]:
    """Wait for rest, so many seconds at most. What is still on its way then; nothing, if all is well."""
    last = monotonic() + patience
    quiet, end = 0, -1
    while True:
        found, newest = await _moving(place)
        quiet = quiet + 1 if not found and newest == end else 0
        end = newest
        if quiet >= _QUIET:
            return []
        if monotonic() > last:
            return found or ["the stream grows and grows"]
        await asyncio.sleep(_POLL_SECONDS)


async def _moving(place: Place) -> tuple[list[str], int]:
    """What is on its way, and the last place of the stream."""
    found = [f"{service} is not ready" for service in await asyncio.to_thread(place.unready)]
    for service in SERVICES:
        for what, sql in _WAITS.items():
            ((count,),) = await asyncio.to_thread(place.rows, service, sql)
            if count:
                found.append(f"{service}: {count} {what}")
    try:
        async with Hand(place.broker.url) as hand:
            waiting = await hand.waiting()
            found += [f"{service}: {count} events not taken" for service, count in waiting.items() if count]
            return found, (await hand.extent())[1]
    except (nats.errors.Error, OSError) as error:
        return [*found, f"the stream: {type(error).__name__}"], -1
