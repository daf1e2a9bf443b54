"""create, also conditional: http://hl7.org/fhir/R4/http.html#create, #ccreate"""

from __future__ import annotations

from shared.fhir.text import Draft
from shared.rest.admission import admitted
from shared.rest.answer import Answer, Work, of_written
from shared.rest.request import Request
from shared.rest.site import Site
from shared.store.transaction import Transaction


def prepare(_: Site, request: Request) -> Work:
    draft = admitted(request)

    def work(tx: Transaction) -> Answer:
        return write(tx, draft)

    return work


def write(tx: Transaction, draft: Draft, id: str = "") -> Answer:
    """Store a new resource. Sent id, versionId and lastUpdated are replaced."""
    return of_written(tx.write(draft, id or tx.new_id()), tx)
