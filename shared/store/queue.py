"""Records that wait until something is done about each: due at an instant, taken by one for a while, put off or done.

waiting → taken (until an instant; who has not come back by then has lost it to the next) → waiting for later, or done: recorded
in another state, without the queue's key. That key is the instant, so the longest due stand first along the index.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from shared.store.instant import micros, moment
from shared.store.keeping import Keeping
from shared.store.version import Record
from shared.store.view import View

WAITING, TAKEN = "waiting", "taken"

_DIGITS: Final = 20
"""Instants of the same length sort as numbers do, in any language's order."""


@dataclass(frozen=True, slots=True)
class Queue:
    """Where records of a kind wait for somebody; `name` tells apart those who don't take each other's."""

    kind: str
    name: str = ""

    def put(self, id: str, due: datetime, body: Mapping[str, object], tx: Keeping, keys: Mapping[str, str] | None = None) -> None:
        """Have it wait until then, whatever it has been so far. `keys` are what it is found by besides."""
        tx.record(self.kind, id, WAITING, {**(keys or {}), self._key: _written(due)}, body)

    def first(self, limit: int, view: View) -> list[Record]:
        """Waiting and taken ones, the longest due first; those that are not due yet come last."""
        return view.first_records(self.kind, self._key, limit)

    def due(self, record: Record) -> datetime:
        """When it is to be done; of one that is taken, when it may be taken again."""
        return moment(int(record.keys[self._key]))

    def take(self, limit: int, hold: timedelta, tx: Keeping, *, but: Collection[str] = ()) -> list[Record]:
        """So many of those that are due, none of `but` (ids): nobody else's for as long as `hold`.

        Each in the state that it was found in: one that was TAKEN was lost by somebody, who may have done it.
        """
        found = [record for record in self.first(limit + len(but), tx) if record.id not in but and self.due(record) <= tx.now]
        return [self._taken(record, tx.now + hold, tx) for record in found[:limit]]

    def held(self, record: Record, tx: View) -> Record | None:
        """How it stands, if it is still as it was taken; None for what is lost to another, done, or to be done anew."""
        known = tx.recorded(self.kind, record.id)
        ours = known and known.state == TAKEN and known.keys.get(self._key) == record.keys[self._key]
        return known if ours else None

    @property
    def _key(self) -> str:
        return f"due {self.name}"

    def _taken(self, record: Record, until: datetime, tx: Keeping) -> Record:
        taken = replace(record, keys={**record.keys, self._key: _written(until)})
        tx.record(self.kind, record.id, TAKEN, taken.keys, record.body)
        return taken


def _written(instant: datetime) -> str:
    return f"{micros(instant):0{_DIGITS}}"
