"""Bundles with resources of several services: our own are stored, the others handed over, in one unit of work.

A service takes them that says so (`takes_foreign_bundles`): a transaction, or a collection, in which nothing is asked for
and every resource is to be kept.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

from shared.fhir import text
from shared.fhir.bundle import MAX_TRANSACTION_ENTRIES, Entry, Plan, Target
from shared.fhir.bundle_identity import Act, identify, named_by_search, naming
from shared.fhir.issue import Issue
from shared.fhir.refusal import Refusal, Unavailable, refuse
from shared.rest.admission import objections
from shared.rest.answer import Answer
from shared.rest.batch import CHUNK
from shared.rest.criteria import finding
from shared.rest.entry import blamed
from shared.rest.interaction import Table
from shared.rest.request import ID, Request
from shared.rest.site import Site
from shared.rest.transaction import Answers, Steps, all_done, done, prepared
from shared.store import handovers
from shared.store.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Handed:
    """What a bundle came to. `handover` is "" where nothing was for others."""

    answers: Answers
    handover: str = ""


def as_transaction(collection: Plan) -> Plan:
    """A collection as a request to keep every resource: under its own id, else under that of its `fullUrl` (a `urn:uuid:`).

    So what is sent again makes nothing twice. Raises Malformed, Unprocessable.
    """
    refuse(
        Issue("an entry of a collection needs a resource", entry.expression, "required")
        for entry in collection.entries
        if entry.resource is None
    )
    return Plan("transaction", tuple(_kept(entry) for entry in collection.entries))


async def take(site: Site, table: Table, bundle: Request, plan: Plan) -> Handed:
    """Look at every entry, then store and hand over. Raises what no owner could take, naming the entries."""
    looked = await asyncio.to_thread(_looked_at, site, table, bundle, plan)
    plan, steps, foreign = looked
    if len(plan.entries) > MAX_TRANSACTION_ENTRIES:
        return await _in_chunks(site, bundle, looked)

    def work(tx: Transaction) -> Handed:
        handover = tx.new_id() if foreign else ""
        answers = all_done(site, tx, plan, steps, bundle.base, partial(_handed_over, site, handover))
        return Handed(answers, handover)

    return await site.store.unit(work, caller=bundle.caller, cause=bundle.cause)


def _looked_at(site: Site, table: Table, bundle: Request, plan: Plan) -> _Looked:
    plan, skipped = _sifted(site, bundle, plan)
    own = [entry for entry in plan.entries if _is_ours(site, entry)]
    foreign = [entry for entry in plan.entries if not _is_ours(site, entry) and entry.index not in skipped]
    _may_be_handed_over(site, foreign)
    return _Looked(plan, prepared(site, table, bundle, own), len(foreign))


class _Looked(NamedTuple):
    """A bundle in which everything may be done: our own entries as steps, and how many are for others."""

    plan: Plan
    steps: Steps
    foreign: int


async def _in_chunks(site: Site, bundle: Request, looked: _Looked) -> Handed:
    """More than one unit of work can hold: who is who is settled first, then each entry is kept or refused by itself.

    Cut off in between, it is sent again by whoever got no answer: each unit is whole, nothing in it waits for the next, and
    what is kept already is the same once more, as it has the same id.
    """
    plan, steps, foreign = looked

    def settle(tx: Transaction) -> tuple[list[Act], str]:
        acts = identify(plan, new_id=tx.new_id, find=finding(tx), base=bundle.base)
        return naming(acts, named_by_search(plan.entries, finding(tx))), tx.new_id() if foreign else ""

    acts, id = await site.store.unit(settle, caller=bundle.caller, cause=bundle.cause)
    answers: Answers = {}
    for start in range(0, len(acts), CHUNK):
        chunk = acts[start : start + CHUNK]
        keep = partial(_each_kept, site, chunk, steps, id)
        answers |= await site.store.unit(keep, caller=bundle.caller, cause=bundle.cause)
    return Handed(answers, id)


def _each_kept(site: Site, acts: Sequence[Act], steps: Steps, handover: str, tx: Transaction) -> Answers:
    others = partial(_handed_over, site, handover)
    answers: Answers = {}
    for act in acts:
        try:
            answers[act.entry.index] = tx.attempt(partial(done, site, tx, act, steps, others))
        except Unavailable:
            raise
        except Refusal as refusal:
            answers[act.entry.index] = Answer(refusal.status, issues=refusal.issues)
    return answers


def _handed_over(site: Site, handover: str, tx: Transaction, act: Act) -> Answer:
    """Propose a resource to its owner: 202, with the place where it will be."""
    if act.resource is None:
        return _SKIPPED
    type = act.entry.target.type
    entry = {"index": act.entry.index, "type": type, "id": act.id, "owner": site.service.directory.owner(type)}
    handovers.hand_over(tx, handover, entry)
    tx.propose({**act.resource, "id": act.id}, handover)
    return Answer(202, headers={"Location": f"{site.address_of(type)}/{type}/{act.id}/_history/1"})


_SKIPPED = Answer(
    204, issues=(Issue("nobody here owns this type; the entry was skipped", code="not-supported", severity="warning"),)
)


def _is_ours(site: Site, entry: Entry) -> bool:
    return not entry.target.type or entry.target.type in site.owned


def _kept(entry: Entry) -> Entry:
    resource = entry.resource or {}
    type, id = str(resource.get("resourceType", "")), resource.get("id", entry.full_url.removeprefix("urn:uuid:"))
    if isinstance(id, str) and ID.fullmatch(id):
        kept = resource if "id" in resource else {**resource, "id": id}
        return replace(entry, method="PUT", url=f"{type}/{id}", target=Target(type, id), resource=kept)
    return replace(entry, method="POST", url=type, target=Target(type))


def _sifted(site: Site, bundle: Request, plan: Plan) -> tuple[Plan, set[int]]:
    """The plan without what nobody owns: refused, or (handling=lenient) emptied so that it keeps its place; and these places."""
    nobodys = {entry.index for entry in plan.entries if not _is_ours(site, entry) and not site.address_of(entry.target.type)}
    if nobodys and not bundle.prefer.lenient:
        refuse(_nobody_owns(plan.entries[index]) for index in sorted(nobodys))
    entries = tuple(
        replace(entry, method="GET", resource=None, full_url="") if entry.index in nobodys else entry for entry in plan.entries
    )
    return Plan(plan.type, entries), nobodys


def _nobody_owns(entry: Entry) -> Issue:
    return Issue(f"nobody here owns {entry.target.type}", entry.expression, "not-supported")


def _may_be_handed_over(site: Site, foreign: Iterable[Entry]) -> None:
    """Raise unless each of them is simply a resource to keep, and legal R4."""
    issues: list[Issue] = []
    for entry in foreign:
        if entry.method not in ("POST", "PUT") or entry.target.part or entry.criteria or entry.if_match or entry.if_none_match:
            address = site.address_of(entry.target.type)
            said = f"{entry.method} {entry.url} can't be handed over; it is done at the owner, {address}"
            issues.append(Issue(said, entry.expression, "not-supported"))
        else:
            issues += blamed(entry, objections(text.draft_of(entry.resource or {})))
    refuse(issues)
