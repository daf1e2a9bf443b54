"""A payer that may be slow, or away: asked within its time limit, by so many at once, and left alone while it is down."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import stamina
import structlog

from services.coverage.decision import Decision
from services.coverage.question import Question
from shared.kernel.meter import Meter, Meters

from .addresses import Address
from .breaker import Breaker
from .payer import Authorizes, Payer, Trouble

T = TypeVar("T")

ANSWERED: Final = Meter(
    "careloom_payer_seconds",
    "From a question to a payer to its answer, tries and waiting included.",
    ("payer", "outcome"),
    "seconds",
)
BREAKER: Final = Meter(
    "careloom_payer_open", "Whether a payer is left alone for a while, as it does not answer.", ("payer",), "gauge"
)

_COUNTS: Final = frozenset({"payer-silent", "payer-away", "payer-broken"})
"""Troubles that say that the payer is not well."""

_log = structlog.get_logger()


class Guarded:
    """A `Payer` around a payer: eligibility may be asked again, so what passes is tried again."""

    def __init__(self, name: str, payer: Payer, address: Address, breaker: Breaker, meters: Meters) -> None:
        self._name = name
        self._payer = payer
        self._address = address
        self._breaker = breaker
        self._meters = meters
        self._places = asyncio.Semaphore(address.at_once)

    async def eligibility(self, question: Question) -> Decision:
        return await self._in_time(lambda: self._tried(question), lambda decision: decision.outcome)

    async def authorization(self, operation: str, body: bytes) -> bytes:
        """Sent once: whether it is sent again is for the one to say who knows whether it may book twice. Raises Trouble."""
        payer = self._payer
        if not isinstance(payer, Authorizes):
            raise Trouble("payer-unable", "nothing here asks this kind of payer for authorization", arrived=False)
        return await self._in_time(lambda: self._placed(lambda: payer.authorization(operation, body)), lambda _: "complete")

    async def _in_time(self, ask: Callable[[], Awaitable[T]], outcome_of: Callable[[T], str]) -> T:
        began, outcome = time.monotonic(), "cancelled"
        try:
            async with asyncio.timeout(self._address.seconds):
                answer = await ask()
            outcome = outcome_of(answer)
        except TimeoutError:
            outcome = "payer-silent"
            raise Trouble(outcome, "the time limit is over") from None
        except Trouble as trouble:
            outcome = trouble.code
            _log.warning("a payer was asked in vain", payer=self._name, reason=trouble.code, detail=trouble.detail[:200])
            raise
        finally:
            self._meters.time(ANSWERED, time.monotonic() - began, self._name, outcome)
            self._meters.set(BREAKER, self._breaker.state != "closed", self._name)
        return answer

    async def _tried(self, question: Question) -> Decision:
        async for attempt in stamina.retry_context(on=_passes, attempts=self._address.tries, timeout=None, wait_max=2.0):
            with attempt:
                return await self._placed(lambda: self._payer.eligibility(question))
        raise AssertionError("unreachable")

    async def _placed(self, ask: Callable[[], Awaitable[T]]) -> T:
        async with self._places:
            return await self._once(ask)

    async def _once(self, ask: Callable[[], Awaitable[T]]) -> T:
        if not self._breaker.admits():
            raise Trouble("payer-away", "it has not answered for a while, and is left alone", arrived=False)
        try:
            answer = await ask()
        except Trouble as trouble:
            if trouble.code in _COUNTS:
                self._breaker.failed()
            else:
                self._breaker.succeeded()
            raise
        except BaseException:
            self._breaker.left()
            raise
        self._breaker.succeeded()
        return answer


def _passes(error: Exception) -> bool:
    return isinstance(error, Trouble) and error.passing
