"""What is followed: read-only copies of what other services own, how far each type is loaded, where listening began."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, Protocol

from shared.events.event import Event
from shared.store.connection import Connection
from shared.store.version import Version

State = Literal["loading", "live"]

Mark = tuple[int, int]
"""A version's number and its instant (µs): an owner that was set back counts the same numbers once more."""

_BEGIN = "INSERT INTO following (type, state, sequence) VALUES (?, 'loading', ?) ON CONFLICT (type) DO NOTHING"
_REMEMBER = (
    "INSERT INTO consumer (name, stream, sequence) VALUES (?, ?, ?) "
    "ON CONFLICT (name) DO UPDATE SET stream = excluded.stream, sequence = excluded.sequence"
)


class Copying(Protocol):
    """What following needs of a transaction."""

    def current(self, type: str, id: str) -> Version | None: ...
    def copy(self, version: Version) -> bool: ...


@dataclass(frozen=True, slots=True)
class Following:
    """`sequence`: reactions are for events behind this place of the stream; what stood before it is in the loaded copies."""

    type: str
    state: State
    sequence: int


@dataclass(frozen=True, slots=True)
class Beginning:
    """Which stream (its time of creation) this store listens to, and a place up to which everything was taken."""

    stream: str
    sequence: int


def apply_copy(tx: Copying, event: Event) -> bool:
    """Keep the event's version if it is the newest known; whether it is superseded: a newer one is known already."""
    known = tx.current(event.type, event.subject)
    if known and known.number > event.version:
        return True
    deleted = event.name == "deleted"
    tx.copy(Version(event.type, event.subject, event.version, event.time, b"" if deleted else event.text, deleted))
    return False


def states(connection: Connection) -> dict[str, Following]:
    """Every followed type that is loaded or being loaded."""
    found = connection.rows("SELECT type, state, sequence FROM following")
    return {type: Following(type, state, sequence) for type, state, sequence in found}


def begin(connection: Connection, type: str, sequence: int) -> None:
    """Loading of a type begins, at this end of the stream. One that has begun goes on as it did."""
    connection.execute(_BEGIN, (type, sequence))


def loaded(connection: Connection, type: str) -> None:
    connection.execute("UPDATE following SET state = 'live' WHERE type = ?", (type,))


def load_again(connection: Connection, types: Iterable[str]) -> None:
    """Events of these types were not heard for a while: their copies may be old."""
    connection.many("UPDATE following SET state = 'loading' WHERE type = ?", [(type,) for type in types])


def drop(connection: Connection, types: Iterable[str]) -> None:
    """These types are not followed any more: to be loaded again, should they be."""
    connection.many("DELETE FROM following WHERE type = ?", [(type,) for type in types])


def lose_places(connection: Connection) -> None:
    """The stream was made anew: all that it brings came after loading began."""
    connection.execute("UPDATE following SET sequence = 0")


def beginning(connection: Connection, consumer: str) -> Beginning | None:
    """Where this store stands in the stream; None for a new store."""
    found = connection.row("SELECT stream, sequence FROM consumer WHERE name = ?", (consumer,))
    return Beginning(found[0], found[1]) if found else None


def remember(connection: Connection, consumer: str, beginning: Beginning) -> None:
    connection.execute(_REMEMBER, (consumer, beginning.stream, beginning.sequence))


def digest(connection: Connection, type: str) -> dict[str, Mark]:
    """By what every copy of a type that is not deleted is compared with its owner's, by id."""
    rows = connection.rows("SELECT id, number, updated, deleted FROM resource WHERE type = ?", (type,))
    return {id: (number, updated) for id, number, updated, deleted in rows if not deleted}
