"""How delivery is doing: what waits, what failed, and whether the broker is there."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from shared.delivery.consumer import Consumer
from shared.delivery.relay import Relay
from shared.delivery.retries import Retries
from shared.delivery.timers import Timers
from shared.events.stream import Stream
from shared.kernel.clock import system_now
from shared.store import dead_letters, following, inbox, outbox
from shared.store.store import Store
from shared.store.view import View

_LOOK_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class Parts:
    """Whose state is shown."""

    relay: Relay
    consumer: Consumer
    retries: Retries
    timers: Timers


class Health:
    """`run` looks once a second; `shown` answers from the last look, without waiting for anything."""

    def __init__(self, store: Store, stream: Stream, parts: Parts) -> None:
        self._store = store
        self._stream = stream
        self._parts = parts
        self._oldest: datetime | None = None
        self._counts: Mapping[str, Any] = {}

    async def run(self) -> None:
        self._oldest, self._counts = await self._store.view(_look)
        await asyncio.sleep(_LOOK_SECONDS)

    def shown(self) -> dict[str, Any]:
        """`{broker, relays, outbox: {depth, oldest_seconds}, consumer: {lag, unacknowledged}, parked, retried, dead_letters,
        timers_late, following: {type: state}}`."""
        position = self._parts.consumer.position
        counts = dict(self._counts)
        age = (system_now() - self._oldest).total_seconds() if self._oldest else 0.0
        return {
            "broker": "connected" if self._stream.connected else "away",
            "relays": self._parts.relay.relays,
            "outbox": {"depth": counts.pop("outbox", 0), "oldest_seconds": round(age, 3)},
            "consumer": {"lag": position.pending, "unacknowledged": position.unacknowledged} if position else None,
            "retried": self._parts.retries.tried,
            "timers_late": self._parts.timers.late,
            **counts,
        }


def _look(view: View) -> tuple[datetime | None, Mapping[str, Any]]:
    connection = view.connection
    backlog = outbox.backlog(connection)
    return backlog.oldest, {
        "outbox": backlog.depth,
        "parked": inbox.parked_count(connection),
        "dead_letters": dead_letters.count(connection),
        "following": {type: state.state for type, state in following.states(connection).items()},
    }
