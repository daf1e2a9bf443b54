"""Bundles joined from stored text: search sets, histories and responses are printed without parsing what is in them.

http://hl7.org/fhir/R4/bundle.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import orjson

from shared.fhir import text

Mode = Literal["match", "include", "outcome"]


@dataclass(frozen=True, slots=True)
class Response:
    """`Bundle.entry.response`. `status` is `201 Created`, `etag` is `W/"1"`, `outcome` the text of an OperationOutcome."""

    status: str
    location: str = ""
    etag: str = ""
    modified: datetime | None = None
    outcome: bytes = b""


@dataclass(frozen=True, slots=True)
class Item:
    """One entry: `resource` is its text (b"" for none), `request` method and URL; what is empty is left out."""

    resource: bytes = b""
    full_url: str = ""
    mode: Mode | None = None
    request: tuple[str, str] | None = None
    response: Response | None = None


Links = Mapping[str, str] | Iterable[tuple[str, str]]
"""Relation (self, next, …) and address."""


def searchset(items: Iterable[Item], *, total: int | None = None, links: Links = (), updated: datetime | None = None) -> bytes:
    """http://hl7.org/fhir/R4/bundle.html#searchset"""
    return written("searchset", items, total=total, links=links, updated=updated)


def history(items: Iterable[Item], *, total: int | None = None, links: Links = (), updated: datetime | None = None) -> bytes:
    """http://hl7.org/fhir/R4/bundle.html#history; a deletion is an item without resource whose request is DELETE."""
    return written("history", items, total=total, links=links, updated=updated)


def response(items: Iterable[Item], *, kind: Literal["transaction", "batch"]) -> bytes:
    """The answer to a transaction or batch, in the order of its entries."""
    return written(f"{kind}-response", items)


def written(
    type: str,
    items: Iterable[Item],
    *,
    total: int | None = None,
    links: Links = (),
    updated: datetime | None = None,
    id: str = "",
) -> bytes:
    """A Bundle of any type. Empty parts are left out, so that it is legal R4."""
    parts = [b'{"resourceType":"Bundle"']
    if id:
        parts.append(b'"id":' + orjson.dumps(id))
    if updated:
        parts.append(b'"meta":{"lastUpdated":"%b"}' % text.instant(updated).encode())
    parts.append(b'"type":' + orjson.dumps(type))
    if total is not None:
        parts.append(b'"total":%d' % total)
    pairs = links.items() if isinstance(links, Mapping) else links
    if linked := [orjson.dumps({"relation": relation, "url": url}) for relation, url in pairs]:
        parts.append(b'"link":[' + b",".join(linked) + b"]")
    if entries := b",".join([_entry(item) for item in items]):
        parts.append(b'"entry":[' + entries + b"]")
    return b",".join(parts) + b"}"


_SEARCH: Mapping[str, bytes] = {mode: b'"search":{"mode":"%b"}' % mode.encode() for mode in ("match", "include", "outcome")}


def _entry(item: Item) -> bytes:
    parts = []
    if item.full_url:
        parts.append(b'"fullUrl":' + orjson.dumps(item.full_url))
    if item.resource:
        parts.append(b'"resource":' + item.resource)
    if item.mode:
        parts.append(_SEARCH[item.mode])
    if item.request:
        method, url = item.request
        parts.append(b'"request":' + orjson.dumps({"method": method, "url": url}))
    if item.response:
        parts.append(b'"response":' + _response(item.response))
    return b"{" + b",".join(parts) + b"}"


def _response(answer: Response) -> bytes:
    said = {"status": answer.status, "location": answer.location, "etag": answer.etag}
    if answer.modified:
        said["lastModified"] = text.instant(answer.modified)
    printed = orjson.dumps({name: value for name, value in said.items() if value})
    return printed[:-1] + b',"outcome":' + answer.outcome + b"}" if answer.outcome else printed
