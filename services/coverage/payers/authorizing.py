"""Sends requests for authorization to payers outside and asks how they stand: once each, whatever happens on the way."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import structlog

from services.coverage.pas import heard, sent
from services.coverage.pas.bundled import bundle_for
from services.coverage.pas.sent import Step
from services.coverage.reasons import FAILURES
from shared.fhir import gate, text
from shared.fhir.caller import Caller
from shared.fhir.issue import Resource
from shared.fhir.refusal import Refusal
from shared.service import Deployed
from shared.store.store import Store
from shared.store.transaction import Transaction
from shared.store.version import Record
from shared.store.view import View
from shared.store.worker import Worker

from .addresses import Address
from .guarded import Guarded
from .payer import Trouble

PAYERS: Final = Caller("payers", kind="service")
_FINAL: Final = frozenset({"payer-refused", "payer-unable"})
"""Troubles that another try does not mend."""

_log = structlog.get_logger()


def sender(name: str, payer: Guarded, address: Address, deployed: Deployed) -> Worker:
    """Sends to one payer. A step asks it twice at the most, each time within its time limit; so nobody else sends meanwhile."""
    desk = Desk(name, payer, deployed.store)
    hold = timedelta(seconds=address.seconds * 3)
    return Worker(sent.queue(name), desk.send, deployed.store, PAYERS, at_once=address.at_once, hold=hold)


class Desk:
    """Where requests to one payer are sent."""

    def __init__(self, name: str, payer: Guarded, store: Store) -> None:
        self._name = name
        self._payer = payer
        self._store = store

    async def send(self, record: Record) -> None:
        try:
            await self._take_its_step(record)
        except Trouble as trouble:
            _log.warning(
                "an authorization was asked for in vain", payer=self._name, reason=trouble.code, detail=trouble.detail[:200]
            )
            await self._store.unit(lambda tx, trouble=trouble: _in_vain(record, trouble, tx), caller=PAYERS)  # type: ignore[misc]

    async def _take_its_step(self, record: Record) -> None:
        claim = await self._store.view(lambda view: view.read("Claim", record.id))
        step: Step = record.body["step"]  # type: ignore[assignment]
        doubt = sent.is_in_doubt(record)
        if claim is None:
            await self._store.unit(lambda tx: sent.answered(record, tx), caller=PAYERS)
            return
        known = await self._inquired(claim) if doubt or step == "inquire" else None
        if known and step in ("submit", "inquire"):
            await self._store.unit(lambda tx: _heard(record, claim, known, tx), caller=PAYERS)
            return
        if step == "inquire":
            raise Trouble("payer-unable", "it does not know what it has answered before", arrived=True, passing=True)
        if step == "cancel" and doubt and not known:
            await self._store.unit(lambda tx: sent.answered(record, tx), caller=PAYERS)
            return
        now: Step = "submit" if step == "update" and doubt and not known else step
        answer = await self._said(claim, "Claim/$submit", now)
        if answer is None:
            raise Trouble("other-member", "the answer is not about what was asked")
        await self._store.unit(lambda tx: _heard(record, claim, answer, tx), caller=PAYERS)

    async def _inquired(self, claim: Resource) -> Resource | None:
        """What the payer has of it; None if it never got it."""
        return await self._said(claim, "Claim/$inquire", "inquire")

    async def _said(self, claim: Resource, operation: str, step: Step) -> Resource | None:
        bundle = await self._store.view(lambda view: bundle_for(claim, step, view))
        said = _legal(await self._payer.authorization(operation, text.dump(bundle)))
        return await self._store.view(lambda view: _ours(said, claim, view))


def _legal(body: bytes) -> Resource:
    """Raises Trouble for what is no legal bundle, nor Parameters."""
    try:
        draft = text.parse(body)
    except Refusal as refusal:
        raise Trouble("payer-broken", str(refusal)[:500]) from None
    wrong = [issue.message for issue in gate.check(draft.content) if issue.severity in ("error", "fatal")]
    if wrong or draft.content["resourceType"] not in ("Bundle", "Parameters"):
        raise Trouble("payer-broken", "; ".join(wrong)[:500] or "no bundle")
    return text.load(draft.text)


def _ours(said: Resource, claim: Resource, view: View) -> Resource | None:
    return next((answer for answer, others in heard.answers_in(said) if heard.is_about(answer, others, claim, view)), None)


def _heard(record: Record, claim: Resource, answer: Resource, tx: Transaction) -> None:
    """Of a request that was changed or withdrawn meanwhile this is no news: its next step is."""
    if sent.held(record, tx) is None:
        return
    known = tx.read("Claim", claim["id"])
    if record.body["step"] == "cancel" or known is None or heard.hear(known, answer, tx):
        sent.answered(record, tx)
    else:
        sent.pended(record, tx)


def _in_vain(record: Record, trouble: Trouble, tx: Transaction) -> None:
    if sent.held(record, tx) is None:
        return
    claim = tx.read("Claim", record.id)
    if trouble.code in _FINAL and not trouble.passing:
        sent.answered(record, tx, arrived=bool(record.body.get("arrived")))
        if claim and claim["status"] == "active" and record.body["step"] != "cancel":
            heard.refused(claim, FAILURES[trouble.code].sentence, tx)
        return
    sent.again(record, doubt=trouble.arrived or sent.is_in_doubt(record), tx=tx)
    if claim and claim["status"] == "active":
        heard.in_vain(claim, f"{FAILURES[trouble.code].said}; the request is sent again.", tx)
