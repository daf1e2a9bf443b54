"""Looks that end with one resource's current version, where the database is a server: many callers' in one statement.

What is asked for while a statement runs is the next one's. So a read costs a part of a round trip, and no thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TypeVar

from shared.fhir.caller import Caller
from shared.store import resources
from shared.store.connection import Asking, Connection
from shared.store.resources import Stored
from shared.store.view import TakesLonger, View

T = TypeVar("T")

Key = tuple[str, str]
"""Type and id."""

_Waiting = dict[str, list[asyncio.Future[Stored | None]]]
"""By id."""


class Glimpses:
    """One loop's: the first that looks. Others' looks take longer."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking
        self._waiting: dict[str, _Waiting] = {}
        self._serving: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def look(self, look: Callable[[View], T], now: datetime, caller: Caller) -> T:
        """Raises TakesLonger for a look at more than one resource's current version, or if it could not be read here."""
        try:
            return look(_Glimpse(now, caller, {}))
        except _Wanted as wanted:
            stored = await self._read(wanted.key)
            return look(_Glimpse(now, caller, {wanted.key: stored}))

    async def close(self) -> None:
        if self._loop is asyncio.get_running_loop():
            if self._serving is not None:
                await asyncio.wait([self._serving])
            await self._asking.close()

    async def _read(self, key: Key) -> Stored | None:
        loop = asyncio.get_running_loop()
        self._loop = self._loop or loop
        if loop is not self._loop:
            raise TakesLonger
        future: asyncio.Future[Stored | None] = loop.create_future()
        type, id = key
        self._waiting.setdefault(type, {}).setdefault(id, []).append(future)
        if self._serving is None:
            self._serving = loop.create_task(self._serve())
        return await future

    async def _serve(self) -> None:
        while self._waiting:
            type = next(iter(self._waiting))
            waiting = self._waiting.pop(type)
            try:
                found = resources.by_id(type, await self._asking.rows(*resources.several(type, list(waiting))))
            except Exception:  # noqa: BLE001 (a thread tries again, and knows what to say)
                for future in _of(waiting):
                    future.set_exception(TakesLonger())
            else:
                for id in waiting:
                    for future in _of({id: waiting[id]}):
                        future.set_result(found.get(id))
        self._serving = None


def _of(waiting: _Waiting) -> Iterator[asyncio.Future[Stored | None]]:
    """Those whose reader has not gone away."""
    return (future for futures in waiting.values() for future in futures if not future.done())


class _Wanted(BaseException):
    """A look cannot go on without this resource."""

    def __init__(self, key: Key) -> None:
        super().__init__(key)
        self.key = key


class _Glimpse(View):
    """What a look sees before anything was read, or with one thing read."""

    def __init__(self, now: datetime, caller: Caller, known: dict[Key, Stored | None]) -> None:
        self.now = now
        self.caller = caller
        self._seen = known

    @property
    def _connection(self) -> Connection:  # type: ignore[override]
        """Whatever is not known by id takes longer."""
        raise TakesLonger

    @property
    def connection(self) -> Connection:
        raise TakesLonger

    def _stored(self, type: str, id: str) -> Stored | None:
        if (type, id) in self._seen:
            return self._seen[type, id]
        if self._seen:
            raise TakesLonger
        raise _Wanted((type, id))
