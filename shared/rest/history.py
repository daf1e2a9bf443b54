"""history of a resource, of a type, of all: http://hl7.org/fhir/R4/http.html#history"""

from __future__ import annotations

from datetime import UTC, datetime

from shared.fhir import bundle_text
from shared.fhir.index.moments import moments
from shared.fhir.refusal import Malformed, NotFound
from shared.rest import page
from shared.rest.answer import Answer, Look
from shared.rest.request import Request
from shared.rest.site import Site
from shared.store.history import Period
from shared.store.instant import moment
from shared.store.view import View

DEFAULT_COUNT, MOST = 20, 1000

_KNOWN = frozenset({"_since", "_at", "_count", "_cursor", "_format", "_pretty", "_summary", "_elements"})


def prepare(site: Site, request: Request) -> Look:
    if request.type in site.followed:
        raise NotFound(f"only the newest version of a copy is kept; the history is at {site.address_of(request.type)}")
    if request.prefer.strict and (unknown := [name for name, _ in request.pairs if name not in _KNOWN]):
        raise Malformed(f"a history has no parameter {', '.join(unknown)}")
    since, at, count, cursor = _since(request), _at(request), _count(request), _cursor(request)
    subset = request.subset

    def look(view: View) -> Answer:
        if request.id and view.current(request.type, request.id) is None:
            raise NotFound(f"{request.type}/{request.id} is not known")
        versions = view.history(
            request.type or None,
            request.id or None,
            since=since,
            at=at,
            before_sequence=cursor,
            count=count + 1,
            types=site.owned,
        )
        shown = versions[:count]
        links = _links(request, shown[-1].sequence if len(versions) > count and shown else None)
        entries = [page.past(request.base, version, subset) for version in shown]
        total = view.history_length(request.type, request.id, since=since, at=at) if request.id else None
        return Answer(200, bundle_text.history(entries, total=total, links=links, updated=site.clock()))

    return look


def _links(request: Request, last: int | None) -> list[tuple[str, str]]:
    address = "/".join(part for part in (request.base, request.type, request.id, "_history") if part)
    used = tuple(pair for pair in request.pairs if pair[0] in _KNOWN)
    links = [("self", page.link(address, used))]
    if last is not None:
        onward = tuple(pair for pair in used if pair[0] != "_cursor")
        links.append(("next", page.link(address, (*onward, ("_cursor", str(last))))))
    return links


def _since(request: Request) -> datetime | None:
    period = _period(request, "_since")
    return period[0] if period else None


def _at(request: Request) -> Period | None:
    return _period(request, "_at")


def _period(request: Request, name: str) -> Period | None:
    value = request.last(name)
    if value is None:
        return None
    try:
        low, high = moments(value.strip())
    except ValueError as wrong:
        raise Malformed(f"{name}={value} is no instant: {wrong}") from None
    return _within_the_calendar(low), _within_the_calendar(high)


def _within_the_calendar(micros: int) -> datetime:
    try:
        return moment(micros)
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC) if micros > 0 else datetime.min.replace(tzinfo=UTC)


def _count(request: Request) -> int:
    return min(_whole_number(request, "_count", DEFAULT_COUNT), MOST)


def _cursor(request: Request) -> int | None:
    return _whole_number(request, "_cursor", 0) or None


def _whole_number(request: Request, name: str, default: int) -> int:
    value = request.last(name)
    if value is None:
        return default
    if not (value.isdecimal() and value.isascii() and len(value) < len(str(2**63))):
        raise Malformed(f"{name}={value} is no whole number from 0")
    return int(value)
