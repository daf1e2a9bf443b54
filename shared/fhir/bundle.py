"""Planning a Bundle: what its entries ask for, in which order, under which ids, and whether it can be done at all. Pure.

http://hl7.org/fhir/R4/http.html#transaction
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from shared.fhir import gate
from shared.fhir.issue import Issue, Resource
from shared.fhir.refusal import Malformed, Refusal, TooLarge, refuse

MAX_TRANSACTION_ENTRIES: Final = 1_000
MAX_ENTRIES: Final = 10_000

METHODS: Final = ("DELETE", "POST", "PUT", "PATCH", "GET", "HEAD")
_TURN: Final = {"DELETE": 0, "POST": 1, "PUT": 2, "PATCH": 2, "GET": 3, "HEAD": 3}
_TYPES: Final = frozenset({"transaction", "batch", "collection", "message", "document", "history", "searchset"})

_URL: Final = re.compile(
    r"(?:(?P<type>[A-Z][A-Za-z]+)(?:/(?P<id>[A-Za-z0-9\-.]{1,64})(?=/|\?|$))?/?)?"
    r"(?P<part>_history|_search|metadata|\$[A-Za-z0-9\-]+)?(?:(?<=_history)/(?P<version>[A-Za-z0-9\-.]{1,64}))?(?:\?(?P<query>.*))?"
)


@dataclass(frozen=True, slots=True)
class Target:
    """An `entry.request.url` taken apart. `part` is `_history`, `_search`, `metadata` or an operation (`$match`)."""

    type: str = ""
    id: str = ""
    part: str = ""
    version: str = ""
    query: str = ""

    @property
    def operation(self) -> str:
        return self.part if self.part.startswith("$") else ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as it was sent. Absent texts are "". `problem`: why this entry of a batch can't be done."""

    index: int
    method: str = ""
    url: str = ""
    target: Target = Target()
    full_url: str = ""
    resource: Resource | None = None
    if_match: str = ""
    if_none_match: str = ""
    if_none_exist: str = ""
    if_modified_since: str = ""
    problem: Refusal | None = None

    @property
    def expression(self) -> str:
        return f"Bundle.entry[{self.index}]"

    @property
    def criteria(self) -> str:
        """The search that chooses what a conditional create, update, patch or delete is about; "" if it isn't conditional."""
        if self.method == "POST":
            return "" if self.target.part else self.if_none_exist.lstrip("?")
        return self.target.query if self.method in ("PUT", "PATCH", "DELETE") and not self.target.id else ""

    @property
    def creates(self) -> bool:
        return self.method == "POST" and not self.target.part


@dataclass(frozen=True, slots=True)
class Plan:
    """A Bundle that can be tried. `entries` are in the order of the request."""

    type: str
    entries: tuple[Entry, ...]

    @property
    def in_order(self) -> list[Entry]:
        """As they are done: of a transaction delete, create, update and patch, read; of others as they stand."""
        if self.type != "transaction":
            return list(self.entries)
        return sorted(self.entries, key=lambda entry: _TURN[entry.method])


def plan(bundle: Mapping[str, Any], *, base: str = "") -> Plan:
    """What a Bundle asks for. `base` is our own address, which URLs of entries may begin with.

    Raises TooLarge over 1,000 entries of a transaction and 10,000 of others, Malformed or Unprocessable with one issue for
    each entry to blame (`Bundle.entry[i]`). In a batch an entry to blame has a `problem`, and the others go on.
    """
    type, listed = _opened(bundle)
    malformed = _malformed(bundle, listed)
    read = [_entry(index, each, type, base, malformed.get(index, [])) for index, each in enumerate(listed)]
    entries = tuple(entry for entry, _ in read)
    if type == "batch":
        return Plan(type, tuple(_with_problem(entry, issues) for entry, issues in read))
    issues = [issue for _, found in read for issue in found]
    if type == "transaction":
        issues += touched_twice(
            entries, {entry.index: f"{entry.target.type}/{entry.target.id}" for entry in entries if entry.target.id}
        )
    refuse([*issues, *_repeated_addresses(entries)])
    return Plan(type, entries)


def touched_twice(entries: tuple[Entry, ...], subjects: Mapping[int, str]) -> Iterator[Issue]:
    """An issue for each further write to the same resource. `subjects`: the index of an entry → `Type/id`."""
    seen: dict[str, int] = {}
    for entry in entries:
        subject = subjects.get(entry.index)
        if subject is None or entry.target.part or entry.method in ("GET", "HEAD"):
            continue
        if subject in seen:
            yield _issue(entry, f"{subject} is changed by Bundle.entry[{seen[subject]}] too: once in a transaction is enough")
        seen.setdefault(subject, entry.index)


def target(url: str, base: str = "") -> Target | None:
    """An `entry.request.url` taken apart; None if it is none of ours."""
    own = url.removeprefix(base.rstrip("/") + "/") if base else url
    match = _URL.fullmatch(own.lstrip("/"))
    if match is None or (match["version"] and not match["id"]):
        return None
    return Target(*(match[name] or "" for name in ("type", "id", "part", "version", "query")))


def _opened(bundle: Mapping[str, Any]) -> tuple[str, list[Any]]:
    if bundle.get("resourceType") != "Bundle":
        raise Malformed(Issue("a Bundle is expected", "", "structure", status=400))
    type, listed = bundle.get("type"), bundle.get("entry", [])
    if not isinstance(type, str) or type not in _TYPES:
        raise Malformed(Issue(f"{type!r} is no type of Bundle that can be sent", "Bundle.type", "value", status=400))
    if not isinstance(listed, list):
        raise Malformed(Issue("entry is a list", "Bundle.entry", "structure", status=400))
    limit = MAX_TRANSACTION_ENTRIES if type == "transaction" else MAX_ENTRIES
    if len(listed) > limit:
        message = f"a {type} has up to {limit:,} entries, this one has {len(listed):,}"
        raise TooLarge(Issue(message, "Bundle.entry", "too-long", status=413))
    return type, listed


_ANY_RESOURCE: Final = {"resourceType": "Parameters"}
_PLACE: Final = re.compile(r"Bundle\.entry\[(\d+)\]")


def _malformed(bundle: Mapping[str, Any], listed: list[Any]) -> dict[int, list[Issue]]:
    """What the gate has against each entry, but for the resource in it. Raises what it has against the Bundle around them."""
    entries = [
        each | {"resource": _ANY_RESOURCE} if isinstance(each, dict) and isinstance(each.get("resource"), dict) else each
        for each in listed
    ]
    found: dict[int, list[Issue]] = {}
    around: list[Issue] = []
    for issue in gate.check({**bundle, "entry": entries} if entries else dict(bundle)):
        place = _PLACE.match(issue.expression)
        (found.setdefault(int(place[1]), []) if place else around).append(issue)
    refuse(around)
    return found


def _entry(index: int, sent: Any, type: str, base: str, malformed: list[Issue]) -> tuple[Entry, list[Issue]]:
    if not isinstance(sent, dict):
        return Entry(index), malformed
    request = sent.get("request")
    asked: Mapping[str, Any] = request if isinstance(request, dict) else {}
    url = _word(asked, "url")
    found = target(url, base) if url else None
    resource = sent.get("resource")
    entry = Entry(
        index,
        _word(asked, "method"),
        url,
        found or Target(),
        _word(sent, "fullUrl"),
        resource if isinstance(resource, dict) else None,
        _word(asked, "ifMatch"),
        _word(asked, "ifNoneMatch"),
        _word(asked, "ifNoneExist"),
        _word(asked, "ifModifiedSince"),
    )
    if malformed or type not in ("transaction", "batch"):
        return entry, malformed
    return entry, list(_request_issues(entry, found))


def _word(holder: Mapping[str, Any], name: str) -> str:
    value = holder.get(name)
    return value if isinstance(value, str) else ""


def _request_issues(entry: Entry, found: Target | None) -> Iterator[Issue]:
    if not entry.method or not entry.url:
        yield _issue(entry, "request.method and request.url are required", "required", ".request", 422)
        return
    if entry.method not in METHODS:
        yield _issue(entry, f"{entry.method!r} is no method", "value", ".request.method")
    elif found is None:
        yield _issue(entry, f"{entry.url!r} is no address below this base", "value", ".request.url")
    else:
        yield from _method_issues(entry)


def _method_issues(entry: Entry) -> Iterator[Issue]:
    asked, sent = entry.target, entry.resource
    if entry.creates and (not asked.type or asked.id or asked.query):
        yield _issue(entry, "a create is a POST to [type]", "value", ".request.url")
    if entry.method in ("PUT", "PATCH", "DELETE") and (not asked.type or asked.part or not (asked.id or asked.query)):
        yield _issue(entry, f"{entry.method} takes [type]/[id] or [type]?[criteria]", "value", ".request.url")
    if entry.creates or entry.method in ("PUT", "PATCH"):
        if sent is None:
            yield _issue(entry, f"{entry.method} needs a resource", "required", ".resource", 422)
        elif entry.method != "PATCH" and sent.get("resourceType") != asked.type:
            yield _issue(
                entry, f"the resource is a {sent.get('resourceType')}, its URL says {asked.type}", "invalid", ".resource"
            )
        elif entry.method == "PUT" and asked.id and sent.get("id") != asked.id:
            yield _issue(entry, f"the resource's id is not that of its URL, {asked.id}", "invalid", ".resource.id")


def _with_problem(entry: Entry, issues: list[Issue]) -> Entry:
    if not issues:
        return entry
    try:
        refuse(issues)
    except Refusal as problem:
        sent = (entry.index, entry.method, entry.url, entry.target, entry.full_url, entry.resource)
        return Entry(*sent, problem=problem)
    return entry


def _repeated_addresses(entries: tuple[Entry, ...]) -> Iterator[Issue]:
    """Invariant bdl-7: an address stands once, unless its entries are versions of one resource."""
    counted = Counter((entry.full_url, _version(entry.resource)) for entry in entries if entry.full_url)
    for entry in entries:
        if counted[entry.full_url, _version(entry.resource)] > 1:
            yield _issue(entry, f"fullUrl {entry.full_url} stands twice in the Bundle", "invariant", ".fullUrl", 422)


def _version(resource: Resource | None) -> str:
    meta = (resource or {}).get("meta")
    return str(meta.get("versionId", "")) if isinstance(meta, dict) else ""


def _issue(entry: Entry, message: str, code: str = "invalid", below: str = "", status: int = 400) -> Issue:
    return Issue(message, entry.expression + below, code, status=status)
