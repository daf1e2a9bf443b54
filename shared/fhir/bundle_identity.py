"""Who is who in a transaction: ids for what it creates, matches for what it names by search, references to both.

http://hl7.org/fhir/R4/http.html#transaction
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from shared.fhir.bundle import Entry, Plan, touched_twice
from shared.fhir.issue import Issue, Resource
from shared.fhir.reference import parse, references, relative, rewritten
from shared.fhir.refusal import Malformed, NotFound, PreconditionFailed, refuse

Find = Callable[[str, str], Sequence[str]]
"""(type, criteria) → ids of the resources that match; two are enough to say "many". Asked inside the unit of work."""


@dataclass(frozen=True, slots=True)
class Act:
    """An entry with its identity. `id` is "" where there is none (a search, a conditional delete of nothing).

    `found`: the conditional create exists already and is not done again. `resource` has all references rewritten.
    """

    entry: Entry
    id: str
    found: bool
    resource: Resource | None


def names_by_search(entry: Entry) -> bool:
    """Whether a resource holds a conditional reference (`Patient?identifier=s|v`)."""
    return any(parse(place.value).kind == "conditional" for place in references(entry.resource or {}) if "?" in place.value)


def pointed(entry: Entry, find: Find) -> Resource:
    """The resource of an entry that stands alone, its conditional references resolved. Raises PreconditionFailed."""
    return rewritten(entry.resource or {}, named_by_search([entry], find))


def deletions(plan: Plan, find: Find) -> dict[int, str]:
    """The id that each DELETE is about, by its place; "" if its criteria match nothing. To be asked before any of them is done.

    Raises PreconditionFailed if criteria match many.
    """
    return {entry.index: entry.target.id or _one(entry, find) or "" for entry in plan.entries if entry.method == "DELETE"}


def identify(
    plan: Plan, *, new_id: Callable[[], str], find: Find, base: str = "", removed: Mapping[int, str] = MappingProxyType({})
) -> list[Act]:
    """All entries but the deletions with their identities, in the order in which they are done. `removed`: `deletions`.

    To be called inside the unit of work, when the deletions are done: a conditional create sees what they left.
    Conditional references still stand: `named_by_search` says whom they name.
    Raises PreconditionFailed (criteria match many), NotFound (a conditional patch of nothing), Malformed (an id that
    contradicts the match, two writes to one resource).
    """
    todo = [entry for entry in plan.in_order if entry.method != "DELETE"]
    known = _identities(todo, new_id, find)
    changed = {index: id for index, (id, found) in known.items() if not found} | dict(removed)
    refuse(touched_twice(plan.entries, {index: f"{plan.entries[index].target.type}/{id}" for index, id in changed.items() if id}))
    targets = _targets(todo, known, base)
    by_base = _relative_targets(todo, known)
    return [_act(entry, *known[entry.index], targets, by_base, base) for entry in todo]


def named_by_search(entries: Sequence[Entry], find: Find) -> dict[str, str]:
    """Each conditional reference in the entries, and whom it names. Raises PreconditionFailed unless it matches exactly one."""
    found: dict[str, str] = {}
    for entry in entries:
        for place in references(entry.resource or {}):
            address = parse(place.value)
            if address.kind != "conditional" or place.value in found:
                continue
            matches = find(address.type, address.query)
            if len(matches) != 1:
                many = "several resources match" if matches else "nothing matches"
                below = place.path.partition(".")[2]
                issue = Issue(f"{many} {place.value}", f"{entry.expression}.resource.{below}", "not-found", status=412)
                raise PreconditionFailed(issue)
            found[place.value] = f"{address.type}/{matches[0]}"
    return found


def naming(acts: Sequence[Act], named: Mapping[str, str]) -> list[Act]:
    """The same acts with these references rewritten."""
    return [replace(act, resource=rewritten(act.resource, named)) if act.resource else act for act in acts] if named else [*acts]


def _identities(todo: list[Entry], new_id: Callable[[], str], find: Find) -> dict[int, tuple[str, bool]]:
    known: dict[int, tuple[str, bool]] = {}
    created: dict[tuple[str, str], str] = {}
    for entry in todo:
        known[entry.index] = _identity(entry, new_id, find, created)
    return known


def _identity(entry: Entry, new_id: Callable[[], str], find: Find, created: dict[tuple[str, str], str]) -> tuple[str, bool]:
    if not entry.criteria:
        return (new_id(), False) if entry.creates else (entry.target.id, False)
    search = entry.target.type, entry.criteria
    if entry.creates and search in created:  # the same conditional create twice makes one resource
        return created[search], True
    match = _one(entry, find)
    if entry.creates:
        created[search] = match or new_id()
        return created[search], match is not None
    if entry.method == "PATCH" and match is None:
        raise NotFound(_blame(entry, f"nothing matches {entry.url}", "not-found", 404))
    sent = (entry.resource or {}).get("id", "") if entry.method == "PUT" else ""
    if match and sent and sent != match:
        raise Malformed(_blame(entry, f"the resource's id {sent} is not that of the match, {match}", "invalid", 400))
    return match or sent or new_id(), False


def _one(entry: Entry, find: Find) -> str | None:
    matches = find(entry.target.type, entry.criteria)
    if len(matches) > 1:
        message = f"several resources match {entry.target.type}?{entry.criteria}"
        raise PreconditionFailed(_blame(entry, message, "multiple-matches", 412))
    return matches[0] if matches else None


def _targets(todo: list[Entry], known: Mapping[int, tuple[str, bool]], base: str) -> dict[str, str]:
    written = [entry for entry in todo if entry.full_url and (entry.creates or entry.method == "PUT")]
    found = {entry.full_url: f"{entry.target.type}/{known[entry.index][0]}" for entry in written}
    ours = {relative(url, base): subject for url, subject in found.items()} if base else {}
    return {url: subject for url, subject in (found | ours).items() if url != subject}


def _relative_targets(todo: list[Entry], known: Mapping[int, tuple[str, bool]]) -> dict[str, dict[str, str]]:
    """For each foreign base: the relative references that mean an entry of this Bundle, to its new identity."""
    found: dict[str, dict[str, str]] = {}
    for entry in todo:
        address = parse(entry.full_url)
        if address.kind == "absolute" and (entry.creates or entry.method == "PUT"):
            found.setdefault(address.base, {})[address.target] = f"{entry.target.type}/{known[entry.index][0]}"
    return found


def _act(
    entry: Entry,
    id: str,
    found: bool,
    targets: Mapping[str, str],
    by_base: Mapping[str, Mapping[str, str]],
    base: str,
) -> Act:
    if entry.resource is None:
        return Act(entry, id, found, None)
    own = parse(entry.full_url)
    near = by_base.get(own.base, {}) if own.kind == "absolute" and own.base != base.rstrip("/") else {}
    return Act(entry, id, found, rewritten(entry.resource, {**near, **targets}))


def _blame(entry: Entry, message: str, code: str, status: int) -> Issue:
    return Issue(message, entry.expression, code, status=status)
