"""How fast an outbox empties."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing

from shared.store.database import database_of

_UNSENT = "SELECT count(*) FROM outbox WHERE sent_sequence IS NULL"
_PATIENCE_SECONDS = 1_800.0
_POLL_SECONDS = 0.02


def left_a_second(url: str) -> float:
    """Published a second, from when the first were until none is left."""
    with closing(database_of(url)) as database:

        def left() -> int:
            with database.reading() as connection:
                return int((connection.row(_UNSENT) or (0,))[0])

        most = left()
        wait_until(lambda: left() < most)
        began, first = time.perf_counter(), left()
        wait_until(lambda: left() == 0)
        return (first or most) / (time.perf_counter() - began)


def wait_until(holds: Callable[[], bool]) -> None:
    """Raises TimeoutError after half an hour."""
    until = time.monotonic() + _PATIENCE_SECONDS
    while not holds():
        if time.monotonic() > until:
            raise TimeoutError("it does not come to an end")
        time.sleep(_POLL_SECONDS)
