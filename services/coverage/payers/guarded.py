"""A payer that may be slow, or away: asked within its time limit, by so many at once, and left alone while it is down."""

from __future__ import annotations

import asyncio
import time
from typing import Final

import stamina
import structlog

from services.coverage.decision import Decision
from services.coverage.question import Question
from shared.kernel.meter import Meter, Meters

from .addresses import Address
from .breaker import Breaker
from .payer import Payer, Trouble

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
        began, outcome = time.monotonic(), "cancelled"
        try:
            async with asyncio.timeout(self._address.seconds):
                decision = await self._tried(question)
            outcome = decision.outcome
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
        return decision

    async def _tried(self, question: Question) -> Decision:
        async for attempt in stamina.retry_context(on=_passes, attempts=self._address.tries, timeout=None, wait_max=2.0):
            with attempt:
                async with self._places:
                    return await self._once(question)
        raise AssertionError("unreachable")

    async def _once(self, question: Question) -> Decision:
        if not self._breaker.admits():
            raise Trouble("payer-away", "it has not answered for a while, and is left alone", arrived=False)
        try:
            decision = await self._payer.eligibility(question)
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
        return decision


def _passes(error: Exception) -> bool:
    return isinstance(error, Trouble) and error.passing
