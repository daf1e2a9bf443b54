"""A request's way to its answer: asked, decided from what is held here, answered in the same unit of work.

http://hl7.org/fhir/R4/coverageeligibilityrequest.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from shared.fhir import text
from shared.fhir.change import Change
from shared.fhir.element import reference_to, target_of
from shared.fhir.issue import Resource
from shared.kernel.ids import id_from
from shared.store.transaction import Transaction

from . import pending, routing
from .answered import told
from .asked import question_of
from .deciding import LAST, decide
from .decision import Decision
from .members import member_of
from .pending import Part
from .question import Question
from .routing import LOCAL


def answer(change: Change[Any], tx: Transaction) -> None:
    """With every write of a request: one that is (made) active has its response committed with it, if its payers are local.

    Payers outside are asked afterwards (`payers.asking`); their answer appears when it is there.
    """
    if change.deleted or not change.became("status", "active"):
        return
    request = change.after
    table = routing.routes(tx)
    parts = _parts(request, table, tx) if table else {}
    if any(payer != LOCAL for payer in parts):
        _wait(request, parts, table["seconds"], tx)
    else:
        made = response(request, told(_decided(request, tx)), tx.now)
        tx.write(text.draft_of(made), made["id"])  # legal as it is: what told() prints is tried on the gate in tests


def part_of(request: Resource, places: Iterable[int], now: datetime) -> Question:
    """The question that one payer is asked: about some of a request's coverages (by their places), and all of its services."""
    question = question_of(request, today(request, now))
    return replace(question, policies=tuple(question.policies[place] for place in places))


def _decided(request: Resource, tx: Transaction) -> Decision:
    question = question_of(request, today(request, tx.now))
    return decide(question, member_of(question, tx))


def _parts(request: Resource, table: Mapping[str, Any], tx: Transaction) -> dict[str, Part]:
    """By payer, LOCAL too, what it is asked. A request that names no coverage goes to its insurer as it is."""
    coverages = [_coverage(each, tx) for each in request.get("insurance", ())]
    found: dict[str, Part] = {}
    for place, coverage in enumerate(coverages):
        payer = routing.payer_for(request, coverage, table, tx)
        known = found.get(payer, Part((), LAST))
        found[payer] = Part((*known.places, place), min(known.rank, (coverage or {}).get("order", LAST)))
    return found or {routing.payer_for(request, None, table, tx): Part((), LAST)}


def _coverage(insurance: Resource, tx: Transaction) -> Resource | None:
    target = target_of(insurance["coverage"])
    return tx.read(*target.split("/")) if target else None


def _wait(request: Resource, parts: Mapping[str, Part], seconds: Mapping[str, float], tx: Transaction) -> None:
    for payer, part in parts.items():
        if payer == LOCAL:
            question = part_of(request, part.places, tx.now)
            pending.note(request["id"], part, told(decide(question, member_of(question, tx))), tx)
        else:
            pending.wait_for(request["id"], payer, part, tx)
    pending.ends(request["id"], max(seconds[payer] for payer in parts if payer != LOCAL), tx)


def response(request: Resource, said: Resource, now: datetime) -> Resource:
    """The response to a request that says what was decided (`answered.told`)."""
    made: Resource = {
        "resourceType": "CoverageEligibilityResponse",
        "id": response_id(request["id"]),
        "status": "active",
        "purpose": request["purpose"],
        "patient": _patient(request),
        "created": text.instant(now),
        "request": reference_to(request),
        "insurer": _outside(request["insurer"]),
    }
    made |= {name: request[name] for name in ("identifier", "servicedDate", "servicedPeriod") if name in request}
    if "servicedDate" not in made and "servicedPeriod" not in made:
        made["servicedDate"] = today(request, now).isoformat()
    return made | said


@lru_cache(maxsize=256)
def response_id(request: str) -> str:
    return id_from("eligibility-response", request)


def today(request: Resource, now: datetime) -> date:
    """Which day it is for the one who asks: in the zone of the request's `created`, UTC where that says none."""
    created = request.get("created", "")
    written = datetime.fromisoformat(created) if "T" in created else None
    return (now.astimezone(written.tzinfo) if written and written.tzinfo else now).date()


def _patient(request: Resource) -> Resource:
    return _outside(request["patient"])


def _outside(reference: Resource) -> Resource:
    """A Reference as another resource can hold it: what the request contains is only named there."""
    if not reference.get("reference", "").startswith("#"):
        return reference
    rest = {name: value for name, value in reference.items() if name != "reference"}
    return rest or {"display": "as contained in the request"}
