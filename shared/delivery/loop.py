"""Loops that go on whatever happens: the broker away, the database away, a bug in one round."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from typing import Final, NoReturn

import structlog

from shared.events.listener import Lost
from shared.events.stream import BrokerAway
from shared.fhir.refusal import Unavailable

_SOON: Final = 0.2
_LATER: Final = 1.0

_log = structlog.get_logger()


async def forever(run: Callable[[], Awaitable[object]], name: str) -> NoReturn:
    """Run again and again. A broker or database that is away is waited for; anything else is logged, and tried anew."""
    while True:
        try:
            await run()
        except (BrokerAway, Lost) as away:
            _log.debug("waiting for the broker", loop=name, reason=str(away))
            await asyncio.sleep(_SOON)
        except Unavailable as away:
            _log.warning("waiting for the database", loop=name, reason=str(away))
            await asyncio.sleep(_LATER)
        except Exception:
            _log.exception("a round failed", loop=name)
            await asyncio.sleep(_LATER)


async def wait_for(event: asyncio.Event, seconds: float) -> bool:
    """Until the event is set (it is cleared then) or the time is over; whether it was set."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
    was_set = event.is_set()
    event.clear()
    return was_set


async def end(tasks: Iterable[asyncio.Task[NoReturn]]) -> None:
    """Cancel tasks until all are over. Once is not always enough: asyncio.wait_for of Python 3.11 may swallow it."""
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=_SOON)
