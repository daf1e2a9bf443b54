"""create, also conditional: http://hl7.org/fhir/R4/http.html#create, #ccreate"""

from __future__ import annotations

from shared.fhir.text import Draft
from shared.rest.admission import admitted
from shared.rest.answer import Answer, Work, of_existing, of_written
from shared.rest.criteria import if_none_exist, selecting, the_one
from shared.rest.request import Pairs, Request
from shared.rest.site import Site
from shared.store.transaction import Transaction


def prepare(_: Site, request: Request) -> Work:
    draft = admitted(request)
    criteria = _criteria(request)

    def work(tx: Transaction) -> Answer:
        existing = the_one(tx, request.type, criteria) if criteria else None
        return of_existing(tx, request.type, existing) if existing else write(tx, draft, tx.new_id())

    return work


def _criteria(request: Request) -> Pairs:
    """Those of `If-None-Exist`; fhirpy puts them in the address, where a create has no other use for any."""
    condition = request.headers.get("if-none-exist")
    return if_none_exist(condition, request.type) if condition else selecting(request.pairs)


def write(tx: Transaction, draft: Draft, id: str) -> Answer:
    """Store a new resource. Sent id, versionId and lastUpdated are replaced."""
    return of_written(tx.write(draft, id), tx)
