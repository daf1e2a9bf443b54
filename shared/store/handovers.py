"""What was handed to other services, and what became of it: one record for the whole, and one for each resource.

So an answer costs the same however much was handed over with it. A resource is noted in the unit of work that proposes it:
what stands here as pending is always on its way.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from shared.store.keeping import Keeping
from shared.store.view import View

KIND: Final = "handover"
_ALL: Final = 100_000

PENDING: Final = "pending"


def hand_over(tx: Keeping, handover: str, entry: Mapping[str, Any]) -> None:
    """Note a resource: `entry` is `{index, type, id, owner}`. The handover begins, or goes on."""
    record = tx.recorded(KIND, handover)
    if record is None or record.state != PENDING:
        tx.record(KIND, handover, PENDING, {}, {})
    tx.record(_kind(handover), f"{entry['type']}/{entry['id']}", PENDING, {}, {**entry, "outcome": None})


def note(tx: Keeping, handover: str, news: Mapping[str, tuple[str, Any]]) -> None:
    """Note what became of resources: by reference, a status (pending, accepted, rejected) and an OperationOutcome or None."""
    record = tx.recorded(KIND, handover)
    if record is None:
        return
    for reference, (status, outcome) in news.items():
        entry = tx.recorded(_kind(handover), reference)
        if entry:
            tx.record(entry.kind, entry.id, status, {}, {**entry.body, "outcome": outcome})
    if (state := _state(tx, handover)) != record.state:
        tx.record(KIND, handover, state, {}, {})


def shown(view: View, handover: str) -> dict[str, Any] | None:
    """`{id, status: pending|done|failed, entries: [{index, type, id, owner, status, outcome}]}`; None if there is no such."""
    record = view.recorded(KIND, handover)
    if record is None:
        return None
    found = view.records(_kind(handover), limit=_ALL)
    entries = [{**entry.body, "status": entry.state} for entry in found]
    return {"id": handover, "status": record.state, "entries": sorted(entries, key=_place)}


def _state(tx: Keeping, handover: str) -> str:
    def any_are(status: str) -> bool:
        return bool(tx.records(_kind(handover), status, limit=1))

    return PENDING if any_are(PENDING) else "failed" if any_are("rejected") else "done"


def _kind(handover: str) -> str:
    return f"{KIND} {handover}"


def _place(entry: Mapping[str, Any]) -> int:
    return int(entry["index"])
