"""What stands in stored JSON follows a merge, and an unmerge, in batches: ordinary versions, through rules, told to others.

Searches need not wait for it (shared.store.aliases). Left as it is: what the merged resources say of each other
(`Patient.link`), and what a service keeps about itself (AuditEvent, Provenance), which tells what was. Each resource that was
changed is noted in a record `merge <Type>/<old>`, which an unmerge goes by.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

import orjson

from shared.fhir import text
from shared.fhir.issue import Resource
from shared.fhir.reference import rewritten
from shared.fhir.refusal import Conflict, Refusal
from shared.store import aliases, dead_letters
from shared.store.aliases import BATCH, PARTING, POINTED, SETTLE, log_of
from shared.store.dead_letters import DeadLetter
from shared.store.transaction import Transaction
from shared.store.version import Record, Timer

_LOOKED_THROUGH: Final = 5000
_NAMING: Final = (
    "SELECT r.rid, r.type, r.id FROM resource r JOIN version v ON v.sequence = r.current "
    "WHERE r.rid > ? AND r.rid <= ? AND v.text LIKE ? ORDER BY r.rid LIMIT ?"
)


def settle(timer: Timer, tx: Transaction) -> None:
    """One batch: first what an earlier merge has changed names the old id again, then what is owned here and names the old id
    names the one that it was merged into."""
    if not _all_parted(timer, tx):
        tx.schedule(SETTLE, tx.now, timer.key, timer.body)
        return
    type, _, old = timer.key.partition("/")
    new = aliases.merged_into(tx.connection, type, old)
    if new is None or aliases.survivor(tx.connection, type, old) == old:
        return
    after = int(str(timer.body.get("after", 0)))
    rows = tx.connection.rows(_NAMING, (after, after + _LOOKED_THROUGH, f"%/{old}%", BATCH))
    merged = {(type, old), (type, new)}
    for its_type, id in [(its_type, id) for _, its_type, id in rows if tx.tells(its_type) and (its_type, id) not in merged]:
        _trying(timer, tx, f"{its_type}/{id}", partial(_repointed, tx, its_type, id, timer.key, f"{type}/{new}"))
    reached = rows[-1][0] if len(rows) == BATCH else after + _LOOKED_THROUGH
    (last,) = tx.connection.row("SELECT max(rid) FROM resource") or (0,)
    if reached < (last or 0):
        tx.schedule(SETTLE, tx.now, timer.key, {"after": reached})
    elif aliases.merged_into(tx.connection, type, new):
        tx.schedule(SETTLE, tx.now, f"{type}/{new}")


JOBS: Final[Mapping[str, Callable[[Timer, Transaction], None]]] = {SETTLE: settle}
"""Timers of the store's own."""


def _all_parted(timer: Timer, tx: Transaction) -> bool:
    """Whether nothing is left that names what `timer.key` was merged into before, and only by that merge."""
    changed = tx.records(log_of(timer.key), PARTING, limit=BATCH)
    for record in changed:
        done = _trying(timer, tx, record.id, partial(_parted, tx, record, timer.key))
        tx.record(record.kind, record.id, "reversed" if done else "refused", {}, record.body)
    return len(changed) < BATCH


def _repointed(tx: Transaction, type: str, id: str, old: str, new: str) -> None:
    before = tx.read(type, id)
    after = before and rewritten(before, {old: new})
    if before is None or after is None or after is before:
        return
    version = tx.repoint(after).version
    named_both = rewritten(before, {new: old}) is not before
    tx.record(log_of(old), f"{type}/{id}", POINTED, {}, {"version": version.number, "named_both": named_both, "new": new})


def _parted(tx: Transaction, record: Record, old: str) -> None:
    type, _, id = record.id.partition("/")
    now = tx.current(type, id)
    if now and not now.deleted:
        unchanged = now.number == record.body["version"]
        tx.repoint((_as_before if unchanged else _put_back)(tx, record, type, id, old))


def _as_before(tx: Transaction, record: Record, type: str, id: str, old: str) -> Resource:
    """Nothing happened to it since: the content is that of the version before the merge."""
    before = tx.version(type, id, int(str(record.body["version"])) - 1)
    return text.load(before.text) if before else _put_back(tx, record, type, id, old)


def _put_back(tx: Transaction, record: Record, type: str, id: str, old: str) -> Resource:
    """As it is now, but for the old id; what was moved to somebody else meanwhile stays where it is.

    Raises Conflict where it can't be told which of its references were the old one's.
    """
    now, passed = tx.read(type, id) or {}, _passed(tx, record)
    named = [str(each.body["new"]) for each in passed]
    if not _always_named(tx, type, id, int(str(record.body["version"])), named):
        return now
    if any(each.body["named_both"] for each in passed):
        raise Conflict(f"{record.id} named {old} and {named[0]}, and was changed since: a person has to part them")
    for further in passed[1:]:
        if further.state == POINTED:
            tx.record(further.kind, further.id, "reversed", {}, further.body)
    return rewritten(now, dict.fromkeys(named, old))


def _passed(tx: Transaction, record: Record) -> list[Record]:
    """This merge and those of its survivors, by which a resource came to name another and another."""
    passed = [record]
    kinds = {record.kind}
    while (further := tx.recorded(log_of(str(passed[-1].body["new"])), record.id)) and further.kind not in kinds:
        passed.append(further)
        kinds.add(further.kind)
    return passed


def _always_named(tx: Transaction, type: str, id: str, since: int, named: list[str]) -> bool:
    """Whether every version since then names one of these."""
    current = tx.current(type, id)
    versions = [tx.version(type, id, number) for number in range(since, current.number + 1 if current else since)]
    aims = dict.fromkeys(named, "")
    found = [text.load(version.text) for version in versions if version and not version.deleted]
    return len(found) == len(versions) and all(rewritten(one, aims) is not one for one in found)


def _trying(timer: Timer, tx: Transaction, about: str, work: Callable[[], None]) -> bool:
    """Whether it went well. What is refused for one resource is a dead letter, and keeps no other waiting."""
    try:
        tx.attempt(work)
    except Refusal as refusal:
        said = f"{about}: {refusal}"[:2000]
        dead_letters.add(tx.connection, DeadLetter("timer", timer.key, timer.name, said, body=orjson.dumps(timer.body)))
        return False
    return True
