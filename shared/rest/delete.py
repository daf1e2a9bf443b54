"""delete, also conditional: http://hl7.org/fhir/R4/http.html#delete, #3.1.0.7.1"""

from __future__ import annotations

from shared.fhir.refusal import NotFound
from shared.rest import precondition
from shared.rest.answer import Answer, Work
from shared.rest.criteria import criteria_in, the_one
from shared.rest.request import Request
from shared.rest.site import Site
from shared.store.transaction import Transaction


def prepare(_: Site, request: Request) -> Work:
    def work(tx: Transaction) -> Answer:
        return write(tx, request, request.id)

    return work


def prepare_conditional(_: Site, request: Request) -> Work:
    criteria = criteria_in(request.pairs)

    def work(tx: Transaction) -> Answer:
        existing = the_one(tx, request.type, criteria)
        if existing is None:
            raise NotFound(f"no {request.type} matches the criteria")
        return write(tx, request, existing)

    return work


def write(tx: Transaction, request: Request, id: str) -> Answer:
    """Delete it; what is deleted already, or was never known, is fine too."""
    if precondition.demanded(request.headers):
        precondition.demand(request.headers, tx.current(request.type, id))
    done = tx.delete(request.type, id)
    return Answer(204, version=done.version if done else None, issues=tuple(tx.warnings))
