"""`CoverageEligibilityRequest/$submit`: asked and answered in one exchange.

http://hl7.org/fhir/R4/coverageeligibilityrequest-operation-submit.html
"""

from __future__ import annotations

import asyncio
import time
from typing import Final

from shared.fhir import text
from shared.fhir.issue import Resource
from shared.fhir.refusal import Malformed, Unavailable, Unprocessable
from shared.fhir.text import Draft
from shared.service import Call, Deployed
from shared.store.transaction import Transaction
from shared.store.version import Version

from .eligibility import response_id
from .routing import routes

TYPE: Final = "CoverageEligibilityRequest"
SPARE_SECONDS: Final = 5.0
"""After the payer's time limit the timer answers; whoever waits gives it so long."""

_FIRST_LOOK, _LONGEST_LOOK = 0.005, 0.1


async def submit(call: Call, deployed: Deployed) -> bytes:
    """Stores the request (as a create: an id that was sent is replaced) and its response, and answers the response; of payers
    outside, when they have answered.

    Raises Malformed, Unprocessable for what can't be asked.
    """
    draft = text.draft_of(_request(call))
    id, answered, seconds = await deployed.store.unit(lambda tx: _stored(draft, tx))
    return answered.text if answered else await _awaited(id, seconds, deployed)


def _request(call: Call) -> Resource:
    request = call.body if call.body.get("resourceType") == TYPE else call.parameter("resource")
    if not isinstance(request, dict) or request.get("resourceType") != TYPE:
        raise Malformed(f"the body is a {TYPE}, or Parameters with one as resource")
    if request["status"] != "active":
        raise Unprocessable(f"a {TYPE} that is {request['status']} is not answered; submit an active one")
    return request


def _stored(draft: Draft, tx: Transaction) -> tuple[str, Version | None, float]:
    """The response, if it is there at once; else how long it may take. The door has seen to it that the request is legal."""
    id = tx.new_id()
    tx.write(draft, id)
    answered = tx.current("CoverageEligibilityResponse", response_id(id))
    return id, answered, 0.0 if answered else max(routes(tx)["seconds"].values(), default=0.0)


async def _awaited(id: str, seconds: float, deployed: Deployed) -> bytes:
    """Whoever asks the payers, here or in another process, commits the answer; it is looked for until then."""
    until, pause = time.monotonic() + seconds + SPARE_SECONDS, _FIRST_LOOK
    while time.monotonic() < until:
        await asyncio.sleep(pause)
        pause = min(pause * 1.5, _LONGEST_LOOK)
        found = await deployed.store.view(lambda view: view.current("CoverageEligibilityResponse", response_id(id)))
        if found:
            return found.text
    raise Unavailable(f"CoverageEligibilityRequest/{id} is stored, and waits for its payer")
