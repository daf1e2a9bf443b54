"""What the payer says to the questions of a call, within its time: of benefits held here at once, of a payer outside when it
answers; what comes later is a CoverageEligibilityResponse like any other, and its event tells it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any, Final

import structlog

from services.coverage import routing
from services.coverage.deciding import decide
from services.coverage.decision import Decision
from services.coverage.eligibility import response_id
from services.coverage.members import member_of
from services.coverage.payers.fhir_answer import decision_from
from services.coverage.payers.payer import Trouble
from services.coverage.question import Question, Wanted
from services.coverage.vocabulary import SERVICE_TYPE, TRACE
from shared.fhir import text
from shared.fhir.issue import Resource
from shared.kernel.ids import id_from
from shared.service import Deployed
from shared.store.view import View

from .called import Called

SPARE_SECONDS: Final = 1.0
"""Of CRD's limit this much is left for printing the answer, and for the network."""

log = structlog.get_logger()


async def decision(call: Called, question: Question, coverage: Resource, deployed: Deployed, until: float) -> Decision | None:
    """None where nobody has answered by `until` (monotonic seconds)."""
    try:
        async with asyncio.timeout_at(asyncio.get_running_loop().time() + max(until - time.monotonic(), 0.0)):
            if await deployed.store.view(lambda view: _is_outside(coverage, view)):
                return await _asked_outside(call, question, coverage, deployed)
            return await deployed.store.view(lambda view: decide(question, member_of(question, view)))
    except TimeoutError:
        log.warning("a hook was answered without its payer", hook=call.hook.name, instance=call.instance)
        return None


def _is_outside(coverage: Resource, view: View) -> bool:
    table = routing.routes(view)
    return bool(table) and routing.payer_for({"insurer": coverage["payor"][0]}, coverage, table, view) != routing.LOCAL


async def _asked_outside(call: Called, question: Question, coverage: Resource, deployed: Deployed) -> Decision | None:
    """By a request that is stored, so that its answer is kept whenever it comes."""
    request = _request(call, question, coverage, text.instant(deployed.clock()))
    await deployed.store.unit(lambda tx: tx.save(request))
    pause = 0.005
    while True:
        found = await deployed.store.view(lambda view: view.read("CoverageEligibilityResponse", response_id(request["id"])))
        if found:
            return _read(found, question)
        await asyncio.sleep(pause)
        pause = min(pause * 1.5, 0.1)


def _read(response: Resource, question: Question) -> Decision:
    try:
        return decision_from(text.dump(response), question)
    except Trouble as trouble:
        return trouble.as_decision()


def _request(call: Called, question: Question, coverage: Resource, created: str) -> Resource:
    contained = [
        {**call.patient, "id": "patient"},
        {**coverage, "id": "card", "beneficiary": {"reference": "#patient"}},
    ]
    request: Resource = {
        "resourceType": "CoverageEligibilityRequest",
        "id": id_from("crd", call.instance, coverage.get("id", "")),
        "identifier": [{"system": TRACE, "value": call.instance}],
        "contained": contained,
        "status": "active",
        "purpose": ["benefits", "auth-requirements"],
        "patient": {"reference": "#patient"},
        "servicedDate": question.days.first.isoformat(),
        "created": created,
        "insurer": coverage["payor"][0],
        "insurance": [{"coverage": {"reference": "#card"}}],
    }
    items = [item for each in question.wanted if (item := _item(each))]
    return request | ({"item": items} if items else {})


def _item(wanted: Wanted) -> Mapping[str, Any]:
    item: Resource = {}
    if wanted.service_type:
        item["category"] = {"coding": [{"system": SERVICE_TYPE, "code": wanted.service_type}]}
    if wanted.products:
        item["productOrService"] = {"coding": [{"system": system, "code": code} for system, code in wanted.products]}
    return item
