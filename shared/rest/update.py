"""update, as create too, also conditional: http://hl7.org/fhir/R4/http.html#update, #upsert, #cond-update"""

from __future__ import annotations

from shared.fhir import text
from shared.fhir.text import Draft
from shared.rest import precondition
from shared.rest.admission import admit, be_named, be_of_type
from shared.rest.answer import Answer, Work, of_written
from shared.rest.request import Request
from shared.rest.site import Site
from shared.store.transaction import Transaction


def prepare(_: Site, request: Request) -> Work:
    draft = request.draft or text.parse(request.body)
    be_of_type(draft, request.type)
    be_named(draft, request.id)
    admit(draft)

    def work(tx: Transaction) -> Answer:
        return write(tx, request, draft, request.id)

    return work


def write(tx: Transaction, request: Request, draft: Draft, id: str) -> Answer:
    """Store new content under an id, if the client's preconditions hold."""
    if precondition.demanded(request.headers):
        precondition.demand(request.headers, tx.current(request.type, id))
    return of_written(tx.write(draft, id), tx)
