"""What domains keep that is no FHIR resource."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

BEYOND = {
    "sqlite": (
        "CREATE TRIGGER claim_may_not_overlap BEFORE INSERT ON claim WHEN EXISTS (SELECT 1 FROM claim WHERE "
        "key = NEW.key AND lane = NEW.lane AND starts < NEW.ends AND ends > NEW.starts) BEGIN SELECT "
        "RAISE(ABORT, 'claim_may_not_overlap'); END",
        "CREATE TRIGGER claim_may_not_move BEFORE UPDATE ON claim WHEN EXISTS (SELECT 1 FROM claim WHERE key "
        "= NEW.key AND lane = NEW.lane AND starts < NEW.ends AND ends > NEW.starts) BEGIN SELECT RAISE(ABORT, "
        "'claim_may_not_overlap'); END",
    ),
    "postgresql": (
        "CREATE EXTENSION IF NOT EXISTS btree_gist",
        "ALTER TABLE claim ADD CONSTRAINT claim_may_not_overlap EXCLUDE USING gist (key WITH =, lane WITH =, "
        "int8range(starts, ends) WITH &&)",
    ),
}
"""What SQLAlchemy has no words for."""


def upgrade() -> None:
    op.create_table(
        "claim",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("lane", sa.Integer(), nullable=False),
        sa.Column("starts", BIG, nullable=False),
        sa.Column("ends", BIG, nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.CheckConstraint("starts < ends", name="claim_takes_time"),
        sa.PrimaryKeyConstraint("key", "lane", "starts"),
    )
    op.create_index("claim_by_time", "claim", ["key", "ends", "starts"], unique=False)
    op.create_index(op.f("ix_claim_owner"), "claim", ["owner"], unique=False)
    op.create_table(
        "counter",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("amount", BIG, nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_table(
        "record",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("keys", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("updated", BIG, nullable=False),
        sa.PrimaryKeyConstraint("kind", "id"),
    )
    for name, columns in (("record_by_state", ["kind", "state", "updated", "id"]), ("record_by_time", ["kind", "updated", "id"])):
        op.create_index(
            name,
            "record",
            columns,
            unique=False,
            sqlite_where=sa.text("state <> ''"),
            postgresql_where=sa.text("state <> ''"),
        )
    op.create_table(
        "record_key",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", TEXT, nullable=False),
        sa.Column("updated", BIG, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "name", "value", "updated", "id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "timer",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("due", BIG, nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name", "key"),
    )
    op.create_index(op.f("ix_timer_due"), "timer", ["due"], unique=False)
    for statement in BEYOND[op.get_bind().dialect.name]:
        op.get_bind().exec_driver_sql(statement)
