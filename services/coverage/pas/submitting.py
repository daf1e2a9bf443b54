"""`Claim/$submit`: a request, an update or a cancellation in, the decision (or that it waits) out; within 15 seconds.

https://hl7.org/fhir/us/davinci-pas/OperationDefinition-Claim-submit.html
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from services.coverage import routing
from services.coverage.question import Code
from shared.fhir import text
from shared.fhir.element import sought
from shared.fhir.issue import Resource
from shared.fhir.refusal import Conflict, Unavailable
from shared.kernel.ids import id_from
from shared.kernel.meter import Meter
from shared.service import Call, Deployed
from shared.store.transaction import Transaction
from shared.store.view import View

from . import told
from .answering import payer_of
from .codes import CANCEL
from .received import Received, member, received
from .requested import certification, coverage_of
from .responding import response_id
from .standing import word

SECONDS: Final = Meter(
    "careloom_authorization_seconds", "From a request for authorization to its answer (PAS: 15 s).", ("outcome",), "seconds"
)
LIMIT_SECONDS: Final = 13.0
"""What is not decided by then is answered as pended: so the answer is there within 15 s, its way included."""

_FIRST_LOOK, _LONGEST_LOOK = 0.01, 0.25


@dataclass(frozen=True, slots=True)
class Taken:
    """`claim` is the id of what is kept, "" for what was refused; `outside`: somebody else decides it."""

    claim: str
    said: Resource
    outside: bool = False


async def submit(call: Call, deployed: Deployed) -> Resource:
    """Raises Malformed, Unprocessable for what is no request; Conflict for another request with the same identifier;
    Unavailable when it can't be stored in time: then it may be sent again, and is the same one."""
    began = time.monotonic()
    asked = received(call)
    try:
        async with asyncio.timeout(LIMIT_SECONDS):
            taken = await deployed.store.unit(lambda tx: take(asked, tx))
    except TimeoutError:
        raise Unavailable("the request could not be stored in time; send it again, it is decided once") from None
    said = await _awaited(taken, began + LIMIT_SECONDS, deployed) if taken.outside else taken.said
    deployed.meters.time(SECONDS, time.monotonic() - began, word(said["entry"][0]["resource"]) or "error")
    return said


def take(asked: Received, tx: Transaction) -> Taken:
    """Store what is asked; the answer as it stands then."""
    coverage = member(asked, tx)
    if isinstance(coverage, str):
        return Taken("", told.refused(asked, coverage, tx.now))
    known = _known(asked.replaces or asked.identifiers, coverage, tx)
    if asked.replaces and known is None:
        return Taken("", told.refused(asked, "authorization-unknown", tx.now))
    claim = _updated(asked, coverage, known, tx) if known and asked.replaces else _new(asked, coverage, known, tx)
    answer = tx.read("ClaimResponse", response_id(claim["id"]))
    if answer is None:
        return Taken("", told.refused(asked, "benefits-not-held", tx.now))
    return Taken(claim["id"], told.told(answer, tx), payer_of(claim, tx) != routing.LOCAL)


def _new(asked: Received, coverage: Resource, known: Resource | None, tx: Transaction) -> Resource:
    """Asked for once, however often it is sent."""
    identifiers = asked.identifiers or [(told.BUNDLE_ID, asked.identifier or id_from(text.dump(asked.claim).decode()))]
    if not asked.identifiers:
        known = _known(identifiers, coverage, tx)
    id = known["id"] if known else id_from("authorization-asked", coverage["id"], *identifiers[0])
    claim = asked.ours(coverage, id, identifiers)
    content = _content(claim)
    if known is None:
        told.keep(id, asked, content, tx)
        return tx.save(claim)
    if not told.was_sent(id, content, tx):
        raise Conflict("another request has this identifier; what changes it names it as related")
    return known


def _updated(asked: Received, coverage: Resource, known: Resource, tx: Transaction) -> Resource:
    """The same request with what it asks for now. What an update does not name stays; what was cancelled as a whole too."""
    key = asked.identifier or text.dump(asked.bundle).decode()
    if known["status"] == "cancelled" or (asked.identifier and told.was_sent(known["id"], key, tx)):
        return known
    told.keep(known["id"], asked, key, tx)
    if certification(asked.claim) == CANCEL:
        return tx.save(known | {"status": "cancelled"})
    identifiers = [*((each.get("system", ""), each["value"]) for each in known["identifier"]), *asked.identifiers]
    claim = asked.ours(coverage, known["id"], identifiers) | {"created": known["created"]}
    named = {each["sequence"] for each in claim.get("item", ())}
    items = [*(each for each in known.get("item", ()) if each["sequence"] not in named), *claim.get("item", ())]
    return tx.save(claim | ({"item": sorted(items, key=lambda each: each["sequence"])} if items else {}))


def _known(identifiers: list[Code], coverage: Resource, view: View) -> Resource | None:
    """The request of this member with one of these identifiers."""
    for system, value in identifiers:
        for claim in view.search(f"Claim?identifier={sought(value, system)}"):
            if coverage_of(claim) == f"Coverage/{coverage['id']}":
                return claim
    return None


def _content(claim: Resource) -> str:
    """What it asks for, whenever it was written."""
    apart = ("created", "meta", "id", "identifier")
    return text.dump({name: claim[name] for name in sorted(claim) if name not in apart}).decode()


async def _awaited(taken: Taken, until: float, deployed: Deployed) -> Resource:
    """Of somebody outside, who is asked now: the answer as it stands when it is there, or the time is over."""
    pause, said = _FIRST_LOOK, taken.said
    while time.monotonic() + pause < until and said["entry"][0]["resource"].get("adjudication") is None:
        await asyncio.sleep(pause)
        pause = min(pause * 1.5, _LONGEST_LOOK)
        with suppress(Unavailable):
            said = await deployed.store.view(lambda view: _standing(taken, view))
        if said["entry"][0]["resource"]["outcome"] == "error":
            break
    return said


def _standing(taken: Taken, view: View) -> Resource:
    answer = view.read("ClaimResponse", response_id(taken.claim))
    return told.told(answer, view) if answer else taken.said
