"""Asks payers outside what waits for them: each payer for itself, so many questions at once, and nobody waits for another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from datetime import timedelta
from typing import Final

import structlog

from services.coverage import arriving, eligibility, pending, routing
from services.coverage.answered import told
from services.coverage.decision import Decision
from services.coverage.members import introduced
from services.coverage.question import Question
from services.coverage.routing import Route
from shared.fhir.caller import Caller
from shared.fhir.issue import Resource
from shared.fhir.refusal import Unavailable
from shared.service import Deployed, Part
from shared.store.transaction import Transaction
from shared.store.version import Record
from shared.store.view import View

from .addresses import Address, Addresses, addresses_in
from .authorizing import Desk
from .guarded import Guarded
from .payer import Trouble
from .reaching import reaching
from .x12 import Language

PAYERS: Final = Caller("payers", kind="service")
_LOOK_SECONDS: Final = 0.25
"""What another process has written is seen that soon."""

_log = structlog.get_logger()


def asking(x12: Language | None = None) -> Part:
    """The service's part that asks payers as its settings say. It raises ValueError for settings that can't be."""

    def part(deployed: Deployed) -> AbstractAsyncContextManager[object]:
        return asking_at(addresses_in(deployed.settings.partners(deployed.service.name)), deployed, x12)

    return part


@asynccontextmanager
async def asking_at(addresses: Addresses, deployed: Deployed, x12: Language | None) -> AsyncIterator[None]:
    """Ask payers at these addresses, until it is left."""
    outside = {name: address for name, address in addresses.items() if address.kind != "local"}
    routes = [Route(name, address.insurers, address.seconds) for name, address in outside.items()]
    async with reaching(outside, deployed, x12) as payers:
        await deployed.store.unit(lambda tx: routing.plant(routes, tx), caller=PAYERS)
        async with asyncio.TaskGroup() as group:
            counters = [Counter(name, payer, outside[name], deployed) for name, payer in payers.items()]
            desks = [Desk(name, payer, outside[name], deployed) for name, payer in payers.items()]
            serving = [*(counter.serve() for counter in counters), *(desk.serve() for desk in desks)]
            tasks = [group.create_task(each) for each in serving]
            yield
            for task in tasks:
                task.cancel()


class Counter:
    """Where the questions to one payer wait."""

    def __init__(self, name: str, payer: Guarded, address: Address, deployed: Deployed) -> None:
        self._name = name
        self._payer = payer
        self._address = address
        self._store = deployed.store
        self._clock = deployed.clock
        self._asked: dict[str, asyncio.Task[None]] = {}
        self._woken = asyncio.Event()

    async def serve(self) -> None:
        """Until it is cancelled; what is being asked then is asked again by who comes next."""
        self._store.listen(self._woken.set)
        try:
            while True:
                with suppress(Unavailable):
                    await self._take()
                await self._wait()
        finally:
            for task in list(self._asked.values()):
                task.cancel()

    async def _take(self) -> None:
        free = self._address.at_once - len(self._asked)
        if free <= 0:
            return
        now = self._clock()
        found = await self._store.view(lambda view: pending.waiting(self._name, now, view, self._address.at_once * 2))
        ids = [record.id for record in found if record.id not in self._asked][:free]
        if not ids:
            return
        until = now + timedelta(seconds=self._address.attempt_seconds)
        for record in await self._store.unit(lambda tx: pending.take(ids, until, tx), caller=PAYERS):
            self._asked[record.id] = asyncio.create_task(self._ask(record))

    async def _ask(self, record: Record) -> None:
        try:
            question = await self._store.view(lambda view: _question(record, view))
            said = told(await self._answer(question)) if question else None
            await self._store.unit(lambda tx: _note(record, said, tx), caller=PAYERS)
        except Exception as error:  # noqa: BLE001 (the other questions go on; this one ends with its time)
            _log.exception("an answer was not noted", payer=self._name, error=type(error).__name__)
        finally:
            self._asked.pop(record.id, None)
            self._woken.set()

    async def _answer(self, question: Question) -> Decision:
        try:
            return await self._payer.eligibility(question)
        except Trouble as trouble:
            return trouble.as_decision()
        except Exception as error:  # noqa: BLE001 (who asked is answered whatever happens)
            _log.exception("a payer's answer has a bug", payer=self._name)
            return Trouble("payer-broken", repr(error)).as_decision()

    async def _wait(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(_LOOK_SECONDS):
                await self._woken.wait()
        self._woken.clear()


def _question(record: Record, view: View) -> Question | None:
    """None for a request that is gone."""
    request = view.read("CoverageEligibilityRequest", str(record.body["request"]))
    return introduced(eligibility.part_of(request, pending.places(record), view.now), view) if request else None


def _note(record: Record, said: Resource | None, tx: Transaction) -> None:
    arriving.arrived(record, said or {"outcome": "error"}, tx)
