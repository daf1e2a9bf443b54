"""Asks payers outside what waits for them: each payer for itself, so many questions at once, and nobody waits for another."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta

import structlog

from services.coverage import arriving, eligibility, pending, routing
from services.coverage.answered import told
from services.coverage.decision import Decision
from services.coverage.members import introduced
from services.coverage.question import Question
from services.coverage.routing import Route
from shared.fhir.issue import Resource
from shared.service import Deployed, Part
from shared.store.store import Store
from shared.store.transaction import Transaction
from shared.store.version import Record
from shared.store.view import View
from shared.store.worker import Worker, at_work

from .addresses import Address, Addresses, addresses_in
from .authorizing import PAYERS, sender
from .guarded import Guarded
from .payer import Trouble
from .reaching import reaching
from .x12 import Language

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
        async with at_work(
            worker(name, payer, outside[name], deployed) for name, payer in payers.items() for worker in (asker, sender)
        ):
            yield


def asker(name: str, payer: Guarded, address: Address, deployed: Deployed) -> Worker:
    """Asks one payer: a question books nothing, so whoever has not heard after the time of one try may be followed by another."""
    counter = Counter(name, payer, deployed.store)
    hold = timedelta(seconds=address.attempt_seconds)
    return Worker(pending.queue(name), counter.ask, deployed.store, PAYERS, at_once=address.at_once, hold=hold)


class Counter:
    """Where one payer is asked."""

    def __init__(self, name: str, payer: Guarded, store: Store) -> None:
        self._name = name
        self._payer = payer
        self._store = store

    async def ask(self, record: Record) -> None:
        question = await self._store.view(lambda view: _question(record, view))
        said = told(await self._answer(question)) if question else None
        await self._store.unit(lambda tx: _note(record, said, tx), caller=PAYERS)

    async def _answer(self, question: Question) -> Decision:
        try:
            return await self._payer.eligibility(question)
        except Trouble as trouble:
            return trouble.as_decision()
        except Exception as error:  # noqa: BLE001 (who asked is answered whatever happens)
            _log.exception("a payer's answer has a bug", payer=self._name)
            return Trouble("payer-broken", repr(error)).as_decision()


def _question(record: Record, view: View) -> Question | None:
    """None for a request that is gone."""
    request = view.read("CoverageEligibilityRequest", str(record.body["request"]))
    return introduced(eligibility.part_of(request, pending.places(record), view.now), view) if request else None


def _note(record: Record, said: Resource | None, tx: Transaction) -> None:
    arriving.arrived(record, said or {"outcome": "error"}, tx)
