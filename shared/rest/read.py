"""read: http://hl7.org/fhir/R4/http.html#read"""

from __future__ import annotations

from shared.fhir.refusal import Gone, NotFound
from shared.rest import precondition
from shared.rest.answer import Answer, Look
from shared.rest.request import Request
from shared.rest.site import Site
from shared.store.version import Version
from shared.store.view import View


def prepare(_: Site, request: Request) -> Look:
    def look(view: View) -> Answer:
        return found(request, view.current(request.type, request.id), f"{request.type}/{request.id}")

    return look


def found(request: Request, version: Version | None, asked: str) -> Answer:
    """The version, or 304 where the client has it. Raises NotFound, or Gone for a deletion."""
    if version is None:
        raise NotFound(f"{asked} is not known")
    if version.deleted:
        raise Gone(f"{asked} was deleted", headers={"ETag": precondition.etag(version)})
    if precondition.known_already(request.headers, version):
        return Answer(304, version=version)
    return Answer(200, request.subset.of(version.text), version)
