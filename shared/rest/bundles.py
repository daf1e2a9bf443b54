"""What is posted to the base itself: a transaction, a batch, or a collection of what others hold.

http://hl7.org/fhir/R4/http.html#transaction
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

from shared.fhir import text
from shared.fhir.bundle import Plan, plan
from shared.fhir.bundle_text import response
from shared.fhir.issue import Issue
from shared.fhir.refusal import Unprocessable
from shared.rest import batch, handover, transaction
from shared.rest.admission import drafted
from shared.rest.answer import Answer
from shared.rest.entry import item_of, shape_of
from shared.rest.handover import Handed
from shared.rest.interaction import Going, Table
from shared.rest.request import Request
from shared.rest.site import Site
from shared.rest.transaction import Answers
from shared.store.transaction import Transaction


def interaction(table: Table) -> Going:
    """Entries are done by what stands in the table. What takes long is done beside the event loop."""

    async def perform(site: Site, request: Request) -> Answer:
        planned = await asyncio.to_thread(_planned, request)
        foreign = site.service.takes_foreign_bundles
        match planned.type:
            case "batch":
                handed = Handed(await batch.answers_to(site, table, request, planned))
            case "transaction" if foreign:
                handed = await handover.take(site, table, request, planned)
            case "transaction":
                handed = Handed(await _transaction(site, table, request, planned))
            case "collection" if foreign:
                planned = handover.as_transaction(planned)
                handed = await handover.take(site, table, request, planned)
            case other:
                raise Unprocessable(Issue(f"a Bundle of type {other} is not taken here", "Bundle.type", "not-supported"))
        _tell(site, table, request, planned, handed.answers)
        return _answer(request, drafted(request).content["type"], planned, handed)

    return Going("transaction", perform)


def _planned(request: Request) -> Plan:
    return plan(text.load(drafted(request).text), base=request.base)


async def _transaction(site: Site, table: Table, bundle: Request, planned: Plan) -> Answers:
    steps = await asyncio.to_thread(transaction.prepared, site, table, bundle, planned.entries)

    def work(tx: Transaction) -> Answers:
        return transaction.all_done(site, tx, planned, steps, bundle.base)

    return await site.store.unit(work, caller=bundle.caller, cause=bundle.cause)


def _tell(site: Site, table: Table, bundle: Request, planned: Plan, answers: Answers) -> None:
    for entry in planned.entries:
        found = table.get((entry.method, shape_of(entry)))
        about = replace(bundle, type=entry.target.type, id=entry.target.id, operation=entry.target.operation)
        site.tell(about, found.name if found else "", answers[entry.index].status)


def _answer(request: Request, type: str, planned: Plan, handed: Handed) -> Answer:
    headers = {"Content-Location": f"/admin/handovers/{handed.handover}"} if handed.handover else {}
    items = [item_of(request, handed.answers[entry.index]) for entry in planned.entries]
    return Answer(200, response(items, kind="transaction" if type == "transaction" else "batch"), headers=headers)
