"""A connection to PostgreSQL that the event loop waits for. https://www.psycopg.org/psycopg3/docs/advanced/async.html"""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import AsyncRawCursor

from shared.store.connection import Params, Row
from shared.store.sessions import PLANNING, prepare_well
from shared.store.statements import numbered


class PostgresAsking:
    """It connects when it is first asked, and again where the connection was lost."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._raw: psycopg.AsyncConnection[Any] | None = None

    async def rows(self, sql: str, params: Params = ()) -> list[Row]:
        cursor = await (await self._connected()).execute(numbered(sql), params)
        return await cursor.fetchall()

    async def close(self) -> None:
        if self._raw is not None:
            await self._raw.close()

    async def _connected(self) -> psycopg.AsyncConnection[Any]:
        if self._raw is None or self._raw.closed:
            connect = psycopg.AsyncConnection.connect
            self._raw = await connect(self._url, autocommit=True, cursor_factory=AsyncRawCursor, options=PLANNING)
            prepare_well(self._raw)
        return self._raw
