"""Resources and their versions, and who lives on as another."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "alias",
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("old", sa.String(), nullable=False),
        sa.Column("new", sa.String(), nullable=False),
        sa.Column("merged_into", sa.String(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("since", BIG, nullable=False),
        sa.PrimaryKeyConstraint("type", "old"),
    )
    op.create_index("alias_by_survivor", "alias", ["type", "new"], unique=False)
    op.create_table(
        "resource",
        sa.Column("rid", BIG, autoincrement=False, nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("updated", BIG, nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("current", BIG, nullable=False),
        sa.Column("shape", BIG, nullable=True),
        sa.PrimaryKeyConstraint("rid"),
        sa.UniqueConstraint("type", "id"),
    )
    op.create_index("resource_by_time", "resource", ["type", "updated", "rid"], unique=False)
    op.create_table(
        "version",
        sa.Column("sequence", BIG, autoincrement=False, nullable=False),
        sa.Column("rid", BIG, nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("updated", BIG, nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("caller", sa.String(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("sequence"),
    )
    op.create_index("version_by_time", "version", ["type", "updated", "sequence"], unique=False)
    op.create_index("version_by_type", "version", ["type", "sequence"], unique=False)
    op.create_index("version_of_resource", "version", ["rid", "number"], unique=False)
