"""A request's way to its answer: asked, decided from what is held here, answered in the same unit of work.

http://hl7.org/fhir/R4/coverageeligibilityrequest.html
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from shared.fhir import text
from shared.fhir.change import Change
from shared.fhir.element import reference_to
from shared.fhir.issue import Resource
from shared.kernel.ids import id_from
from shared.store.transaction import Transaction

from .answered import told
from .asked import question_of
from .deciding import decide
from .decision import Decision
from .members import member_of


def answer(change: Change[Any], tx: Transaction) -> None:
    """With every write of a request: one that is (made) active has its response committed with it."""
    if not change.deleted and change.became("status", "active"):
        tx.save(respond(change.after, tx))


def respond(request: Resource, tx: Transaction) -> Resource:
    """The CoverageEligibilityResponse; what the payer can't serve is an answer too, with `outcome` error."""
    question = question_of(request, today(request, tx.now))
    return response(request, decide(question, member_of(question, tx)), tx.now)


def response(request: Resource, decision: Decision, now: datetime) -> Resource:
    """The response to a request that says what was decided."""
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
    return made | told(decision)


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
