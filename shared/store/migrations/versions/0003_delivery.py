"""Delivery: what goes out, what came in, what waits, what is followed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "consumer",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("stream", sa.String(), nullable=False),
        sa.Column("sequence", BIG, nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "dead_letter",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created", BIG, nullable=False),
        sa.Column("place", BIG, nullable=False),
        sa.Column("headers", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("retried", BIG, nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "dead_letter_standing",
        "dead_letter",
        ["created", "id"],
        unique=False,
        sqlite_where=sa.text("retried IS NULL"),
        postgresql_where=sa.text("retried IS NULL"),
    )
    op.create_table(
        "following",
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("sequence", BIG, nullable=False),
        sa.PrimaryKeyConstraint("type"),
    )
    op.create_table(
        "inbox",
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("sequence", BIG, nullable=False),
        sa.Column("received", BIG, nullable=False),
        sa.PrimaryKeyConstraint("event_id"),
    )
    op.create_index(op.f("ix_inbox_sequence"), "inbox", ["sequence"], unique=False)
    op.create_table(
        "last_commit",
        sa.Column("writer", sa.String(), nullable=False),
        sa.Column("number", BIG, nullable=False),
        sa.Column("at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("writer"),
    )
    op.create_table(
        "lease",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("until", BIG, nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "outbox",
        sa.Column("sequence", BIG, autoincrement=False, nullable=False),
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=True),
        sa.Column("headers", sa.String(), nullable=False),
        sa.Column("traceparent", sa.String(), nullable=False),
        sa.Column("causation", sa.String(), nullable=False),
        sa.Column("created", BIG, nullable=False),
        sa.Column("sent_sequence", BIG, nullable=True),
        sa.PrimaryKeyConstraint("sequence"),
    )
    op.create_index(
        "outbox_by_place",
        "outbox",
        ["sent_sequence"],
        unique=False,
        sqlite_where=sa.text("sent_sequence IS NOT NULL"),
        postgresql_where=sa.text("sent_sequence IS NOT NULL"),
    )
    op.create_index(
        "outbox_unsent",
        "outbox",
        ["sequence"],
        unique=False,
        sqlite_where=sa.text("sent_sequence IS NULL"),
        postgresql_where=sa.text("sent_sequence IS NULL"),
    )
    op.create_table(
        "parked",
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("place", BIG, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due", BIG, nullable=False),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("sequence", BIG, nullable=False),
        sa.Column("headers", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("event_id"),
    )
    op.create_index(op.f("ix_parked_due"), "parked", ["due"], unique=False)
    op.create_index("parked_by_resource", "parked", ["type", "id", "place"], unique=False)
