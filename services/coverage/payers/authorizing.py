"""Sends requests for authorization to payers outside and asks how they stand: once each, whatever happens on the way."""

from __future__ import annotations

import asyncio
from contextlib import suppress
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
from shared.fhir.refusal import Refusal, Unavailable
from shared.service import Deployed
from shared.store.transaction import Transaction
from shared.store.version import Record
from shared.store.view import View

from .addresses import Address
from .guarded import Guarded
from .payer import Trouble

PAYERS: Final = Caller("payers", kind="service")
_LOOK_SECONDS: Final = 0.25
_FINAL: Final = frozenset({"payer-refused", "payer-unable"})
"""Troubles that another try does not mend."""

_log = structlog.get_logger()


class Desk:
    """Where requests to one payer wait."""

    def __init__(self, name: str, payer: Guarded, address: Address, deployed: Deployed) -> None:
        self._name = name
        self._payer = payer
        self._address = address
        self._store = deployed.store
        self._clock = deployed.clock
        self._asked: dict[str, asyncio.Task[None]] = {}
        self._woken = asyncio.Event()

    async def serve(self) -> None:
        """Until it is cancelled; what may have arrived by then is asked about by who comes next."""
        self._store.listen(self._woken.set)
        try:
            while True:
                with suppress(Unavailable):
                    await self._take()
                with suppress(TimeoutError):
                    async with asyncio.timeout(_LOOK_SECONDS):
                        await self._woken.wait()
                self._woken.clear()
        finally:
            for task in list(self._asked.values()):
                task.cancel()

    async def _take(self) -> None:
        free = self._address.at_once - len(self._asked)
        now = self._clock()
        found = await self._store.view(lambda view: sent.due(self._name, now, view, self._address.at_once)) if free > 0 else []
        ids = [record.id for record in found if record.id not in self._asked][:free]
        if not ids:
            return
        until = now + timedelta(seconds=self._address.seconds * 3)
        for record in await self._store.unit(lambda tx: sent.take(ids, until, tx), caller=PAYERS):
            self._asked[record.id] = asyncio.create_task(self._ask(record))

    async def _ask(self, record: Record) -> None:
        try:
            await self._take_its_step(record)
        except Trouble as trouble:
            _log.warning(
                "an authorization was asked for in vain", payer=self._name, reason=trouble.code, detail=trouble.detail[:200]
            )
            await self._store.unit(lambda tx, trouble=trouble: _in_vain(record, trouble, tx), caller=PAYERS)  # type: ignore[misc]
        except Exception as error:  # noqa: BLE001 (the other requests go on; this one is taken up again when its time is over)
            _log.exception("an answer was not noted", payer=self._name, error=type(error).__name__)
        finally:
            self._asked.pop(record.id, None)
            self._woken.set()

    async def _take_its_step(self, record: Record) -> None:
        claim = await self._store.view(lambda view: view.read("Claim", record.id))
        step: Step = record.body["step"]  # type: ignore[assignment]
        if claim is None:
            await self._store.unit(lambda tx: sent.answered(record, tx), caller=PAYERS)
            return
        known = await self._inquired(claim) if record.body["doubt"] or step == "inquire" else None
        if known and step in ("submit", "inquire"):
            await self._store.unit(lambda tx: _heard(record, claim, known, tx), caller=PAYERS)
            return
        if step == "inquire":
            raise Trouble("payer-unable", "it does not know what it has answered before", arrived=True, passing=True)
        if step == "cancel" and record.body["doubt"] and not known:
            await self._store.unit(lambda tx: sent.answered(record, tx), caller=PAYERS)
            return
        now: Step = "submit" if step == "update" and record.body["doubt"] and not known else step
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
    current = tx.recorded(sent.KIND, record.id)
    if current is None or current.state != sent.ASKING or current.body["step"] != record.body["step"]:
        return
    known = tx.read("Claim", claim["id"])
    if record.body["step"] == "cancel" or known is None or heard.hear(known, answer, tx):
        sent.answered(record, tx)
    else:
        sent.pended(record, tx)


def _in_vain(record: Record, trouble: Trouble, tx: Transaction) -> None:
    claim = tx.read("Claim", record.id)
    if trouble.code in _FINAL and not trouble.passing:
        sent.answered(record, tx, arrived=bool(record.body.get("arrived")))
        if claim and claim["status"] == "active" and record.body["step"] != "cancel":
            heard.refused(claim, FAILURES[trouble.code].sentence, tx)
        return
    sent.again(record, doubt=trouble.arrived or bool(record.body["doubt"]), tx=tx)
    if claim and claim["status"] == "active":
        heard.in_vain(claim, f"{FAILURES[trouble.code].said}; the request is sent again.", tx)
