"""vread: http://hl7.org/fhir/R4/http.html#vread"""

from __future__ import annotations

from shared.fhir.refusal import NotFound
from shared.rest import read
from shared.rest.answer import Answer, Look
from shared.rest.request import Request
from shared.rest.site import Site
from shared.store.view import View

_MOST_DIGITS = 9


def prepare(_: Site, request: Request) -> Look:
    asked = f"{request.type}/{request.id}/_history/{request.version}"
    if not (request.version.isdecimal() and request.version.isascii() and len(request.version) <= _MOST_DIGITS):
        raise NotFound(f"{asked} is not known")
    number = int(request.version)

    def look(view: View) -> Answer:
        return read.found(request, view.version(request.type, request.id, number), asked)

    return look
