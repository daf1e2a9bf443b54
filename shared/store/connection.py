"""What the modules of the store speak SQL on: one connection, the same four methods on both databases."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, Literal, Protocol

Dialect = Literal["sqlite", "postgresql"]
Params = Sequence[Any]
Row = tuple[Any, ...]


class Connection(Protocol):
    """SQL is portable text with `?` for each parameter. Booleans come back as 0/1 or False/True: compare by truth.

    `execute` and `many` may be queued: what breaks in them is raised then, or by a later read, or at the end of the unit.
    """

    @property
    def dialect(self) -> Dialect: ...

    def execute(self, sql: str, params: Params = ()) -> None:
        """Run a statement whose rows nobody wants."""

    def many(self, sql: str, rows: Sequence[Params]) -> None:
        """Run a statement once for each row of parameters; none at all for no rows."""

    def rows(self, sql: str, params: Params = ()) -> list[Row]:
        """All rows, also of `… RETURNING …`."""

    def row(self, sql: str, params: Params = ()) -> Row | None:
        """The first row, None if there is none."""

    def only(self, sql: str, params: Params = ()) -> list[Row]:
        """As `rows`, where most likely nothing else is asked for: a look of one statement needs no transaction around it."""


class AsksMore(BaseException):
    """After what was to be the only statement of a look there is another: the look is begun again, all at one moment."""


class Unknown(Exception):
    """Nobody could be asked whether a transaction was committed."""


class WritingConnection(Connection, Protocol):
    """The writer's connection. It says where transactions and savepoints begin and end; units of work never do."""

    @property
    def written(self) -> int:
        """Grows with whatever is written."""

    def begin(self) -> None:
        """Open a transaction and wait for the database's one writer lock. Connects again where the connection was lost."""

    def commit(self) -> None:
        """Make everything durable, or raise what is wrong with any of it."""

    def rollback(self) -> None:
        """End the transaction, whatever its state. Never raises."""

    def savepoint(self, name: str) -> None: ...

    def release(self, name: str) -> None: ...

    def rollback_to(self, name: str) -> None:
        """Undo what was done since the savepoint. The savepoint is gone."""

    def settle(self) -> None:
        """Wait for everything queued; raises what is wrong with it."""

    def is_sound(self) -> bool:
        """Whether the transaction can go on. The database may have ended it (disk full, connection lost), or a queued
        statement may have failed that can't be told to be one unit's."""

    def committed(self) -> bool:
        """After a commit that raised: whether the transaction was committed all the same. Raises Unknown."""

    def may_recover(self, error: BaseException) -> bool:
        """Whether what raised this may go well if it is tried again soon, on another connection."""

    def is_trouble(self, error: BaseException) -> bool:
        """Whether this is the database's trouble (no room, not there) and nobody's fault."""

    def close(self) -> None: ...


class Asking(Protocol):
    """A connection that an event loop waits for: each statement by itself, one at a time."""

    async def rows(self, sql: str, params: Params = ()) -> list[Row]:
        """All rows. Connects where it is not connected; raises whatever the driver does."""

    async def close(self) -> None: ...


class Database(Protocol):
    """One service's database: who writes to it, and who reads."""

    @property
    def dialect(self) -> Dialect: ...

    def writer(self) -> WritingConnection: ...

    def reading(self) -> AbstractContextManager[Connection]:
        """A connection that looks at one moment. Waits for a free one. May raise AsksMore within: then `reading_all` does not."""

    def reading_all(self) -> AbstractContextManager[Connection]:
        """The same, for a look that is known to ask for more than one thing."""

    def glimpsing(self) -> Connection | None:
        """As `glancing`, for one statement: AsksMore is raised at the second."""

    def glancing(self) -> AbstractContextManager[Connection] | None:
        """The same for the event loop's own thread, where a point read is short enough for that; None where it is not."""

    def asking(self) -> Asking | None:
        """A connection for the event loop to wait for; None where `glancing` is quicker."""

    def lost(self, error: Exception) -> bool:
        """Whether a reader's connection broke, so that another one may do better."""

    def close(self) -> None: ...
