"""The tables of delivery: what goes out, what came in, what waits, what was given up, what is followed.

Instants are microseconds by the system's clock, not the one that a demonstration moves: when something is published or tried
again is no part of the story.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Index, text
from sqlmodel import Field

from shared.store.tables import BIG, Row

EXTRAS: Mapping[str, tuple[str, ...]] = {}

_UNSENT, _SENT = text("sent_sequence IS NULL"), text("sent_sequence IS NOT NULL")
_STANDING = text("retried IS NULL")


class OutboxRow(Row, table=True):
    """An event to be published. `text` null: the body is that of the version with the same sequence.

    `sent_sequence` is its place in the stream; null: not there yet; 0: the broker will never take it.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        Index("outbox_unsent", "sequence", sqlite_where=_UNSENT, postgresql_where=_UNSENT),
        Index("outbox_by_place", "sent_sequence", sqlite_where=_SENT, postgresql_where=_SENT),
    )

    sequence: int = Field(primary_key=True, sa_type=BIG, sa_column_kwargs={"autoincrement": False})
    event_id: str
    type: str
    id: str
    number: int
    name: str
    text: str | None = None
    headers: str
    traceparent: str
    causation: str
    created: int = Field(sa_type=BIG)
    sent_sequence: int | None = Field(default=None, sa_type=BIG)


class InboxRow(Row, table=True):
    """An event that was taken. `sequence` is its place in the stream; negative: the stream has lost it; 0: it was no event."""

    __tablename__ = "inbox"

    event_id: str = Field(primary_key=True)
    sequence: int = Field(sa_type=BIG, index=True)
    received: int = Field(sa_type=BIG)


class ParkedRow(Row, table=True):
    """An event whose reaction has yet to run: it failed, or waits behind one of its resource, or for its type to be loaded."""

    __tablename__ = "parked"
    __table_args__ = (Index("parked_by_resource", "type", "id", "place"),)

    event_id: str = Field(primary_key=True)
    type: str
    id: str
    place: int = Field(sa_type=BIG)
    attempts: int
    due: int = Field(sa_type=BIG, index=True)
    error: str
    sequence: int = Field(sa_type=BIG)
    headers: str
    body: bytes


class DeadLetterRow(Row, table=True):
    """What was given up, with everything needed to take it up again. `retried` null: it still stands."""

    __tablename__ = "dead_letter"
    __table_args__ = (Index("dead_letter_standing", "created", "id", sqlite_where=_STANDING, postgresql_where=_STANDING),)

    id: str = Field(primary_key=True)
    origin: str
    about: str
    name: str
    error: str
    attempts: int
    created: int = Field(sa_type=BIG)
    place: int = Field(sa_type=BIG)
    headers: str
    body: bytes
    retried: int | None = Field(default=None, sa_type=BIG)


class FollowingRow(Row, table=True):
    """A followed type: `loading` or `live`. `sequence` is the end of the stream when loading began; from there it is applied."""

    __tablename__ = "following"

    type: str = Field(primary_key=True)
    state: str
    sequence: int = Field(sa_type=BIG)


class ConsumerRow(Row, table=True):
    """Where this store began to listen: in which stream (its time of creation) and after which place."""

    __tablename__ = "consumer"

    name: str = Field(primary_key=True)
    stream: str
    sequence: int = Field(sa_type=BIG)


class LeaseRow(Row, table=True):
    """Which process relays, and until when it may."""

    __tablename__ = "lease"

    name: str = Field(primary_key=True)
    holder: str
    until: int = Field(sa_type=BIG)


class LastCommitRow(Row, table=True):
    """What a writer committed last, by its own count: so it can tell what became of a commit whose answer was lost.

    Written on PostgreSQL only: SQLite's answers don't get lost.
    """

    __tablename__ = "last_commit"

    writer: str = Field(primary_key=True)
    number: int = Field(sa_type=BIG)
    at: int = Field(sa_type=BIG)
