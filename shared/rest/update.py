"""update, as create too, also conditional: http://hl7.org/fhir/R4/http.html#update, #upsert, #cond-update"""

from __future__ import annotations

from shared.fhir.refusal import Conflict
from shared.fhir.text import Draft
from shared.rest import precondition
from shared.rest.admission import admit, be_named, be_of_type, drafted
from shared.rest.answer import Answer, Work, of_written
from shared.rest.criteria import criteria_in, the_one
from shared.rest.request import Request
from shared.rest.site import Site
from shared.store.transaction import Transaction


def prepare(_: Site, request: Request) -> Work:
    draft = drafted(request)
    be_of_type(draft, request.type)
    be_named(draft, request.id)
    admit(draft)

    def work(tx: Transaction) -> Answer:
        return write(tx, request, draft, request.id)

    return work


def prepare_conditional(_: Site, request: Request) -> Work:
    draft = drafted(request)
    be_of_type(draft, request.type)
    admit(draft)
    criteria = criteria_in(request.pairs)

    def work(tx: Transaction) -> Answer:
        return write(tx, request, draft, target(tx, draft, the_one(tx, request.type, criteria)))

    return work


def target(tx: Transaction, draft: Draft, existing: str | None) -> str:
    """The id to store under, given the only match of the criteria: its, else the body's own, else a new one.

    Raises Malformed where body and match differ, Conflict where the body's id is taken by what does not match.
    """
    own: str | None = draft.content.get("id")
    if existing is not None:
        if own is not None:
            be_named(draft, existing)
        return existing
    if own is None:
        return tx.new_id()
    taken = tx.current(draft.content["resourceType"], own)
    if taken is not None and not taken.deleted:
        raise Conflict(f"{taken.reference} exists, and does not match the criteria")
    return own


def write(tx: Transaction, request: Request, draft: Draft, id: str) -> Answer:
    """Store new content under an id, if the client's preconditions hold."""
    if precondition.demanded(request.headers):
        precondition.demand(request.headers, tx.current(request.type, id))
    return of_written(tx.write(draft, id), tx)
