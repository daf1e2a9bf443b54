"""The search index: one table by kind of value, each in value order."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

BEYOND = {
    "sqlite": (
        "CREATE INDEX resource_by_shape ON resource (type, shape, rid)",
        "CREATE INDEX phrase_that_is_long ON phrase (value) WHERE value <> text",
        "CREATE VIRTUAL TABLE phrase_trigram USING fts5(text, content='phrase', content_rowid='id', "
        "tokenize='trigram case_sensitive 1')",
        "CREATE TRIGGER phrase_is_indexed AFTER INSERT ON phrase BEGIN INSERT INTO phrase_trigram (rowid, "
        "text) VALUES (NEW.id, NEW.text); END",
    ),
    "postgresql": (
        "CREATE INDEX resource_by_shape ON resource (type, shape, rid)",
        "CREATE INDEX phrase_that_is_long ON phrase (value) WHERE value <> text",
        "CREATE EXTENSION IF NOT EXISTS pg_trgm",
        "CREATE INDEX phrase_by_trigram ON phrase USING gin (text gin_trgm_ops)",
        "CREATE FUNCTION phrases_like(pattern text) RETURNS SETOF text LANGUAGE sql STABLE SET "
        "enable_bitmapscan = on AS 'SELECT DISTINCT value FROM phrase WHERE text LIKE pattern'",
    ),
}
"""What SQLAlchemy has no words for."""


def upgrade() -> None:
    op.create_table(
        "date_index",
        sa.Column("param", sa.BigInteger(), nullable=False),
        sa.Column("span", sa.SmallInteger(), nullable=False),
        sa.Column("low", sa.BigInteger(), nullable=False),
        sa.Column("high", sa.BigInteger(), nullable=False),
        sa.Column("rid", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("param", "span", "low", "high", "rid"),
        sqlite_with_rowid=False,
    )
    op.create_index("date_by_resource", "date_index", ["rid", "param", "low", "high"], unique=False)
    op.create_table(
        "index_freshness",
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("reached", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("type"),
    )
    op.create_table(
        "phrase",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("value", TEXT, nullable=False),
        sa.Column("text", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "quantity_index",
        sa.Column("param", sa.BigInteger(), nullable=False),
        sa.Column("form", sa.BigInteger(), nullable=False),
        sa.Column("span", sa.SmallInteger(), nullable=False),
        sa.Column("low", sa.Double(), nullable=False),
        sa.Column("high", sa.Double(), nullable=False),
        sa.Column("rid", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("param", "form", "span", "low", "high", "rid"),
        sqlite_with_rowid=False,
    )
    op.create_index("quantity_by_resource", "quantity_index", ["rid", "param", "form", "low", "high"], unique=False)
    op.create_table(
        "reference_index",
        sa.Column("param", sa.BigInteger(), nullable=False),
        sa.Column("target", TEXT, nullable=False),
        sa.Column("rid", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("param", "target", "rid"),
        sqlite_with_rowid=False,
    )
    op.create_index("reference_by_resource", "reference_index", ["rid", "param", "target"], unique=False)
    op.create_table(
        "string_index",
        sa.Column("param", sa.BigInteger(), nullable=False),
        sa.Column("value", TEXT, nullable=False),
        sa.Column("exact", sa.BigInteger(), nullable=False),
        sa.Column("rid", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("param", "value", "exact", "rid"),
        sqlite_with_rowid=False,
    )
    op.create_index("string_by_resource", "string_index", ["rid", "param", "value"], unique=False)
    op.create_table(
        "token_index",
        sa.Column("param", sa.BigInteger(), nullable=False),
        sa.Column("code", TEXT, nullable=False),
        sa.Column("system", sa.BigInteger(), nullable=False),
        sa.Column("rid", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("param", "code", "system", "rid"),
        sqlite_with_rowid=False,
    )
    op.create_index("token_by_resource", "token_index", ["rid", "param", "code"], unique=False)
    op.create_index("token_by_system", "token_index", ["param", "system", "code", "rid"], unique=False)
    for statement in BEYOND[op.get_bind().dialect.name]:
        op.get_bind().exec_driver_sql(statement)
