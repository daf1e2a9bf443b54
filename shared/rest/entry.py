"""An entry of a batch or transaction on its way through the same handlers as a request of its own, and back."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http import HTTPStatus

from shared.fhir import text
from shared.fhir.bundle import Entry
from shared.fhir.bundle_text import Item, Response
from shared.fhir.issue import Issue
from shared.fhir.refusal import Malformed, NotFound, Refusal, Unprocessable, outcome
from shared.rest import precondition
from shared.rest.answer import Answer
from shared.rest.interaction import Interaction, Table
from shared.rest.place import Place, place_of
from shared.rest.request import Request, pairs_of
from shared.rest.site import Site

_READS = frozenset({"GET", "HEAD"})


def request_of(entry: Entry, bundle: Request) -> Request:
    """What the entry asks for. Raises Malformed."""
    place = _place(entry)
    request = replace(
        bundle,
        method=entry.method,
        type=place.type,
        id=place.id,
        version=place.version,
        operation=place.operation,
        pairs=pairs_of(entry.target.query),
        headers={name: value for name, value in _headers(entry) if value},
        body=b"",
        draft=None,
    )
    if entry.resource is not None:
        _take_resource(request, entry)
    return request


def interaction_of(entry: Entry, table: Table) -> Interaction:
    """Raises NotFound where nothing is done at the entry's address."""
    found = table.get(("GET" if entry.method == "HEAD" else entry.method, shape_of(entry)))
    if found is None:
        raise NotFound(f"{entry.method} {entry.url} is nothing that is done here")
    return found


def shape_of(entry: Entry) -> str:
    """The path of the entry's address in FHIR's notation."""
    return _place(entry).shape


def be_ours(site: Site, entry: Entry) -> None:
    """Raise Unprocessable for a type that is another service's, with its address. Of copies there are reads and operations."""
    type = entry.target.type
    may_be_copy = entry.method in _READS or entry.target.operation
    if not type or type in site.owned or (may_be_copy and type in site.followed):
        return
    owner = site.address_of(type)
    said = f"{type} belongs to another service, {owner}" if owner else f"nobody here owns {type}"
    raise Unprocessable(Issue(said, entry.expression, "not-supported"))


@contextmanager
def blaming(entry: Entry) -> Iterator[None]:
    """Have every refusal name the entry that it is about."""
    try:
        yield
    except Refusal as refusal:
        raise type(refusal)(*blamed(entry, refusal.issues), headers=refusal.headers) from refusal


def blamed(entry: Entry, issues: Iterable[Issue]) -> list[Issue]:
    """The same issues with expressions that begin at the Bundle."""
    return [replace(issue, expression=_expression(entry, issue.expression)) for issue in issues]


def item_of(request: Request, answer: Answer) -> Item:
    """`Bundle.entry` of the answer. What was written is shown only for `Prefer: return=representation`."""
    version = answer.version
    shown = answer.text if not answer.negotiable or request.prefer.returns == "representation" else b""
    wants_outcome = answer.negotiable and request.prefer.returns == "OperationOutcome"
    said = text.dump(outcome(answer.issues)) if answer.issues or wants_outcome else b""
    location = f"{request.base}/{version.reference}/_history/{version.number}" if version and answer.located else ""
    return Item(
        resource=shown,
        response=Response(
            status=f"{answer.status} {HTTPStatus(answer.status).phrase}",
            location=answer.headers.get("Location", location),
            etag=precondition.etag(version) if version else "",
            modified=version.updated if version else None,
            outcome=said,
        ),
    )


def _place(entry: Entry) -> Place:
    target = entry.target
    return place_of("/".join(part for part in (target.type, target.id, target.part, target.version) if part))


def _headers(entry: Entry) -> Iterator[tuple[str, str]]:
    yield "if-match", entry.if_match
    yield "if-none-match", entry.if_none_match
    yield "if-none-exist", entry.if_none_exist
    yield "if-modified-since", entry.if_modified_since


def _take_resource(request: Request, entry: Entry) -> None:
    """A patch may come as a Binary: http://hl7.org/fhir/R4/http.html#jsonpatch"""
    resource = entry.resource or {}
    if entry.method == "PATCH" and resource.get("resourceType") == "Binary":
        try:
            request.body = b64decode(resource.get("data", ""), validate=True)
        except (ValueError, TypeError):
            raise Malformed(Issue("data is no base64", "Binary.data", "value", status=400)) from None
        request.media = str(resource.get("contentType", ""))
        return
    request.media = ""
    request.draft = text.draft_of(resource)
    request.body = request.draft.text


def _expression(entry: Entry, inner: str) -> str:
    if inner.startswith("Bundle.entry"):
        return inner
    type, dot, below = inner.partition(".")
    if dot and type[:1].isupper():
        return f"{entry.expression}.resource.{below}"
    return entry.expression
