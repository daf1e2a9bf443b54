"""The still world of a group of units: while it holds the database's one writer lock nobody else changes anything.

So what one unit has read, those behind it know; on PostgreSQL, where each read in the middle of a group costs a round trip, what
units say that they will read is read for all of them at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from shared.store import resources
from shared.store.connection import Connection, Row
from shared.store.resources import Stored

Key = tuple[str, str]

_AT_ONCE: Final = 512
"""So many are read by one statement: SQLite takes 500 rows of VALUES in any build, and 32,766 parameters."""


@dataclass(slots=True)
class Still:
    """`resources` by (type, id), `records` (their rows) by (kind, id); None for what is not there. Writes are noted here too."""

    resources: dict[Key, Stored | None] = field(default_factory=dict)
    records: dict[Key, Row | None] = field(default_factory=dict)

    def forget(self) -> None:
        """Something was undone that may be known here as done."""
        self.resources.clear()
        self.records.clear()

    def foresee(self, connection: Connection, references: Iterable[Key]) -> None:
        """Read the current versions of these, (type, id), as far as they are not known."""
        asked = [key for key in dict.fromkeys(references) if key not in self.resources]
        for start in range(0, len(asked), _AT_ONCE):
            some = asked[start : start + _AT_ONCE]
            found = resources.current_of(connection, some)
            self.resources.update((key, found.get(key)) for key in some)
