"""search of a type or of all, by GET or POST: http://hl7.org/fhir/R4/http.html#search"""

from __future__ import annotations

from shared.fhir import bundle_text
from shared.fhir.bundle_text import Item
from shared.fhir.issue import Issue
from shared.fhir.query import Query, parse
from shared.fhir.subset import Subset
from shared.rest import media, page
from shared.rest.answer import Answer, Look
from shared.rest.request import Pairs, Request, pairs_of
from shared.rest.site import Site
from shared.store.search import Found
from shared.store.view import View


def prepare(site: Site, request: Request) -> Look:
    query = parse(request.type or None, request.pairs, strict=request.prefer.strict, now=site.clock(), base=request.base)
    for type in () if query.everything else query.types:
        site.may_read(type)
    subset = request.subset

    def look(view: View) -> Answer:
        found = view.find(query)
        items, links = _items(request, query, found, subset), _links(request, query, found)
        return Answer(200, bundle_text.searchset(items, total=found.total, links=links, updated=site.clock()))

    return look


def prepare_posted(site: Site, request: Request) -> Look:
    """The same with parameters in a form; those of the address count too."""
    media.body_type(request.media, _FORMS)
    request.pairs = request.pairs + _form(request)
    request.format = media.answer_type(request.headers.get("accept", ""), request.last("_format") or "")
    return prepare(site, request)


_FORMS = frozenset({"", media.FORM})


def _form(request: Request) -> Pairs:
    return pairs_of(request.body.decode("utf-8", "replace"))


def _items(request: Request, query: Query, found: Found, subset: Subset) -> list[Item]:
    items = [page.found(request.base, version, "match", subset) for version in found.matches]
    items += [page.found(request.base, version, "include", subset) for version in found.included]
    if query.unknown:
        items.append(page.remark(_ignored(name) for name in query.unknown))
    return items


def _ignored(name: str) -> Issue:
    return Issue(f"the parameter {name} is not known here and was ignored", code="not-supported", severity="warning")


def _links(request: Request, query: Query, found: Found) -> list[tuple[str, str]]:
    address = f"{request.base}/{request.type}".rstrip("/")
    here = tuple(pair for pair in request.pairs if pair[0] == "_cursor")
    links = [("self", page.link(address, query.used + here))]
    if found.next_cursor:
        links.append(("next", page.link(address, (*query.used, ("_cursor", found.next_cursor)))))
    return links
