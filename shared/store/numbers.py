"""The next numbers of versions and resources, counted in Python while the writer lock is held."""

from __future__ import annotations

from shared.store.connection import Connection

_LAST = (
    "SELECT (SELECT max(sequence) FROM version), (SELECT max(sequence) FROM outbox), (SELECT max(rid) FROM resource), "
    "EXISTS (SELECT 1 FROM alias)"
)


class Numbers:
    """`sequence` is the order of commits in this database, `rid` a resource's own number in it.

    `merged`: whether anything was ever merged into another, so that references have to be looked up.
    """

    def __init__(self) -> None:
        self.sequence = 0
        self.rid = 0
        self.merged = False

    def read(self, connection: Connection) -> None:
        """To be called at the start of a group: another process may have written meanwhile."""
        versions, outbox, rid, merged = connection.row(_LAST) or (None, None, None, False)
        self.sequence = max(versions or 0, outbox or 0)
        self.rid = rid or 0
        self.merged = bool(merged)

    def mark(self) -> tuple[int, int]:
        return self.sequence, self.rid

    def reset(self, mark: tuple[int, int]) -> None:
        """Go on from a mark, after what was numbered since was rolled back."""
        self.sequence, self.rid = mark

    def next_sequence(self) -> int:
        self.sequence += 1
        return self.sequence

    def next_rid(self) -> int:
        self.rid += 1
        return self.rid
