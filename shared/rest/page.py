"""What the pages of searches and histories are made of: entries and links. http://hl7.org/fhir/R4/bundle.html"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlencode

from shared.fhir import text
from shared.fhir.bundle_text import Item, Mode, Response
from shared.fhir.issue import Issue
from shared.fhir.refusal import outcome
from shared.fhir.subset import Subset
from shared.kernel.ids import was_given
from shared.rest import precondition
from shared.rest.request import Pairs
from shared.store.version import Version


def found(base: str, version: Version, mode: Mode, subset: Subset) -> Item:
    return Item(subset.of(version.text), f"{base}/{version.reference}", mode)


def remark(issues: Iterable[Issue]) -> Item:
    """What there is to say about the search itself."""
    return Item(text.dump(outcome(issues)), mode="outcome")


def past(base: str, version: Version, subset: Subset) -> Item:
    """A version: what was asked for then, and what came of it."""
    if version.deleted:
        request, status = ("DELETE", version.reference), "204 No Content"
    elif version.number == 1 and was_given(version.id):
        request, status = ("POST", version.type), "201 Created"
    else:
        request, status = ("PUT", version.reference), "201 Created" if version.made_anew else "200 OK"
    return Item(
        resource=b"" if version.deleted else subset.of(version.text),
        full_url=f"{base}/{version.reference}",
        request=request,
        response=Response(status, etag=precondition.etag(version), modified=version.updated),
    )


def link(address: str, pairs: Pairs) -> str:
    return f"{address}?{urlencode(pairs, safe='/:,$*')}" if pairs else address
