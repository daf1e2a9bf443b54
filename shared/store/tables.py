"""The tables of the engine's own: resources and their versions, and what a domain keeps that is no FHIR resource.

Instants are microseconds since 1970 in UTC. The index and delivery tables are declared in their own modules, on the same
METADATA; shared.store.migrations makes all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, Integer, MetaData, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

METADATA = MetaData()

_STATED = text("state <> ''")

BIG: Any = BigInteger().with_variant(Integer(), "sqlite")
"""64 bits on both; SQLite makes a primary key the row's own number only if it is called INTEGER."""

TEXT: Any = Text().with_variant(Text(collation="C"), "postgresql")
"""Compared byte by byte on both databases, so that a prefix is a range."""


class Row(SQLModel):
    """Declared for migrations and readers of this page; the hot path speaks prepared SQL, never an ORM session."""

    metadata = METADATA


class ResourceRow(Row, table=True):
    """What is current. `number` counts versions (a followed copy has its owner's), `current` is the version's sequence."""

    __tablename__ = "resource"
    __table_args__ = (UniqueConstraint("type", "id"), Index("resource_by_time", "type", "updated", "rid"))

    rid: int = Field(primary_key=True, sa_type=BIG, sa_column_kwargs={"autoincrement": False})
    type: str
    id: str
    number: int
    updated: int = Field(sa_type=BIG)
    deleted: bool
    current: int = Field(sa_type=BIG)
    shape: int | None = Field(default=None, sa_type=BIG)


class VersionRow(Row, table=True):
    """Every version of what is owned, the newest of what is followed. The JSON stands only here; of a deletion it is empty."""

    __tablename__ = "version"
    __table_args__ = (
        Index("version_of_resource", "rid", "number"),
        Index("version_by_type", "type", "sequence"),
        Index("version_by_time", "type", "updated", "sequence"),
    )

    sequence: int = Field(primary_key=True, sa_type=BIG, sa_column_kwargs={"autoincrement": False})
    rid: int = Field(sa_type=BIG)
    type: str
    number: int
    updated: int = Field(sa_type=BIG)
    deleted: bool
    text: str
    caller: str
    cause: str


class TimerRow(Row, table=True):
    """What is due, once."""

    __tablename__ = "timer"

    name: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    due: int = Field(sa_type=BIG, index=True)
    body: str


class ClaimRow(Row, table=True):
    """Half-open [starts, ends) of a key, in one lane: no two may overlap (EXTRAS)."""

    __tablename__ = "claim"
    __table_args__ = (CheckConstraint("starts < ends", name="claim_takes_time"), Index("claim_by_time", "key", "ends", "starts"))

    key: str = Field(primary_key=True)
    lane: int = Field(primary_key=True)
    starts: int = Field(primary_key=True, sa_type=BIG)
    ends: int = Field(sa_type=BIG)
    owner: str = Field(index=True)


class CounterRow(Row, table=True):
    __tablename__ = "counter"

    key: str = Field(primary_key=True)
    amount: int = Field(sa_type=BIG)


class RecordRow(Row, table=True):
    """One without a state is read by its id, or found by a key; the others are listed too."""

    __tablename__ = "record"
    __table_args__ = (
        Index("record_by_state", "kind", "state", "updated", "id", sqlite_where=_STATED, postgresql_where=_STATED),
        Index("record_by_time", "kind", "updated", "id", sqlite_where=_STATED, postgresql_where=_STATED),
    )

    kind: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    state: str
    keys: str
    body: str
    updated: int = Field(sa_type=BIG)


class RecordKeyRow(Row, table=True):
    """The keys of a record once more, to find it by; with its time, so that the newest are found first.

    One tree, in that order: a message of a feed writes a page of it for each of its keys.
    """

    __tablename__ = "record_key"
    __table_args__ = ({"sqlite_with_rowid": False},)

    kind: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    value: str = Field(primary_key=True, sa_type=TEXT)
    updated: int = Field(primary_key=True, sa_type=BIG)
    id: str = Field(primary_key=True)


class AliasRow(Row, table=True):
    """The resource `old` lives on as `new`: it was `merged_into` that, or into one that was merged further."""

    __tablename__ = "alias"
    __table_args__ = (Index("alias_by_survivor", "type", "new"),)

    type: str = Field(primary_key=True)
    old: str = Field(primary_key=True)
    new: str
    merged_into: str
    event: str
    since: int = Field(sa_type=BIG)


_NO_OVERLAP = """
CREATE TRIGGER claim_may_not_overlap BEFORE INSERT ON claim
WHEN EXISTS (SELECT 1 FROM claim WHERE key = NEW.key AND lane = NEW.lane AND starts < NEW.ends AND ends > NEW.starts)
BEGIN SELECT RAISE(ABORT, 'claim_may_not_overlap'); END
"""

EXTRAS: Mapping[str, tuple[str, ...]] = {
    "sqlite": (_NO_OVERLAP, _NO_OVERLAP.replace("claim_may_not_overlap BEFORE INSERT", "claim_may_not_move BEFORE UPDATE")),
    "postgresql": (
        "CREATE EXTENSION IF NOT EXISTS btree_gist",
        "ALTER TABLE claim ADD CONSTRAINT claim_may_not_overlap "
        "EXCLUDE USING gist (key WITH =, lane WITH =, int8range(starts, ends) WITH &&)",
    ),
}
"""What SQLAlchemy has no words for, run after the tables are made."""
