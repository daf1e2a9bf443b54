"""patch in its three kinds, also conditional: http://hl7.org/fhir/R4/http.html#patch

JSON Patch (RFC 6902), FHIRPath Patch (a Parameters resource), JSON Merge Patch (RFC 7386; also as plain application/json).
"""

from __future__ import annotations

from collections.abc import Callable

from shared.fhir import text
from shared.fhir.issue import Resource
from shared.fhir.patch import fhirpath_patch, json_patch, merge_patch
from shared.fhir.refusal import Gone, NotFound, TooLarge
from shared.rest import media, precondition
from shared.rest.admission import admit
from shared.rest.answer import Answer, Work, of_written
from shared.rest.criteria import criteria_in, the_one
from shared.rest.request import Request
from shared.rest.site import Site
from shared.store.transaction import Transaction

Change = Callable[[Resource], Resource]
"""A patch: the resource before it → after it, with the same type and id. Raises Malformed or Unprocessable."""


def prepare(site: Site, request: Request) -> Work:
    change, most = change_of(request), site.settings.max_body_bytes

    def work(tx: Transaction) -> Answer:
        return write(tx, request, change, request.id, most)

    return work


def prepare_conditional(site: Site, request: Request) -> Work:
    change, criteria, most = change_of(request), criteria_in(request.pairs), site.settings.max_body_bytes

    def work(tx: Transaction) -> Answer:
        existing = the_one(tx, request.type, criteria)
        if existing is None:
            raise NotFound(f"no {request.type} matches the criteria")
        return write(tx, request, change, existing, most)

    return work


def change_of(request: Request) -> Change:
    """The patch in the body, of the kind that its media type and its shape say. Raises UnsupportedMedia or Malformed."""
    type = media.body_type(request.media, media.PATCH_BODY)
    patch = text.parse_json(request.body)
    if type == media.JSON_PATCH or isinstance(patch, list):
        return lambda before: json_patch.apply(before, patch)
    if type != media.MERGE_PATCH and isinstance(patch, dict) and patch.get("resourceType") == "Parameters":
        return lambda before: fhirpath_patch.apply(before, patch)
    return lambda before: merge_patch.apply(before, patch)


def write(tx: Transaction, request: Request, change: Change, id: str, most: int) -> Answer:
    """Change what is current, if the client's preconditions hold; the result goes through the gate, and is no larger than a
    body may be."""
    current = tx.current(request.type, id)
    if current is None:
        raise NotFound(f"{request.type}/{id} is not known")
    if current.deleted:
        raise Gone(f"{current.reference} was deleted")
    precondition.demand(request.headers, current)
    draft = text.draft_of(change(text.load(current.text)))
    if len(draft.text) > max(most, len(current.text)):
        raise TooLarge(f"patched it would have {len(draft.text)} bytes, the most that is taken is {most}")
    admit(draft)
    return of_written(tx.write(draft, id), tx)
