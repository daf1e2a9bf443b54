"""Bundles that are joined from stored text: pages of searches and histories. http://hl7.org/fhir/R4/bundle.html"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from urllib.parse import urlencode

import orjson

from shared.fhir import text
from shared.fhir.issue import Issue, Resource
from shared.fhir.refusal import outcome
from shared.fhir.subset import Subset
from shared.fhir.text import instant
from shared.kernel.clock import Clock
from shared.rest import precondition
from shared.rest.request import Pairs
from shared.store.version import Version


def searchset(now: Clock, *, total: int | None, links: Sequence[tuple[str, str]], entries: Sequence[bytes]) -> bytes:
    return _bundle("searchset", now, total, links, entries)


def history(now: Clock, *, links: Sequence[tuple[str, str]], entries: Sequence[bytes]) -> bytes:
    return _bundle("history", now, None, links, entries)


def found(base: str, version: Version, mode: str, subset: Subset) -> bytes:
    """An entry of a searchset: `mode` is match or include."""
    return b'{"fullUrl":%b,"resource":%b,"search":{"mode":"%b"}}' % (
        orjson.dumps(f"{base}/{version.reference}"),
        subset.of(version.text),
        mode.encode(),
    )


def remark(issues: Iterable[Issue]) -> bytes:
    """An entry of a searchset that is no match: what there is to say about the search."""
    return b'{"resource":%b,"search":{"mode":"outcome"}}' % text.dump(outcome(issues))


def past(base: str, version: Version, subset: Subset) -> bytes:
    """An entry of a history: what was asked for then, and what came of it."""
    if version.deleted:
        method, url, status = "DELETE", version.reference, "204"
    elif version.number == 1:
        method, url, status = "POST", version.type, "201"
    else:
        method, url, status = "PUT", version.reference, "200"
    response = {"status": status, "etag": precondition.etag(version), "lastModified": instant(version.updated)}
    resource = b"" if version.deleted else b'"resource":%b,' % subset.of(version.text)
    return b'{"fullUrl":%b,%b"request":%b,"response":%b}' % (
        orjson.dumps(f"{base}/{version.reference}"),
        resource,
        orjson.dumps({"method": method, "url": url}),
        orjson.dumps(response),
    )


def link(address: str, pairs: Pairs) -> str:
    return f"{address}?{urlencode(pairs, safe='/:,$*')}" if pairs else address


def _bundle(type: str, now: Clock, total: int | None, links: Sequence[tuple[str, str]], entries: Sequence[bytes]) -> bytes:
    head: Resource = {"resourceType": "Bundle", "meta": {"lastUpdated": instant(now())}, "type": type}
    if total is not None:
        head["total"] = total
    head["link"] = [{"relation": relation, "url": url} for relation, url in links]
    body = b',"entry":[%b]' % b",".join(entries) if entries else b""
    return orjson.dumps(head)[:-1] + body + b"}"
