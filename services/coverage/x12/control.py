"""Numbers of interchanges: one after another for as long as the store lives, taken from it by the thousand."""

from __future__ import annotations

import asyncio
from typing import Final

from shared.store.store import Store

KEY: Final = "x12-interchange"
AT_ONCE: Final = 1_000
HIGHEST: Final = 999_999_999


class ControlNumbers:
    """What a process that ends has not used is left out."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._left: list[int] = []
        self._taking = asyncio.Lock()

    async def next(self) -> int:
        """1 to 999,999,999, then 1 again."""
        async with self._taking:
            if not self._left:
                last = await self._store.unit(lambda tx: tx.count(KEY, AT_ONCE))
                self._left = [(number - 1) % HIGHEST + 1 for number in range(last, last - AT_ONCE, -1)]
            return self._left.pop()
