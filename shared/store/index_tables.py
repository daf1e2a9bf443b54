"""The tables that searches run over, one by kind of value, each in value order.

`param` is the number of a parameter of a type (shared.fhir.parameters), so a row says of which type its resource is. Every
table is its own index by value (WITHOUT ROWID on SQLite) and has one by resource, for sorting, includes and secondary criteria.
The columns are explained in shared.fhir.index.rows. A composite's rows stand in the table of its second component.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import BigInteger, Column, Double, Index, PrimaryKeyConstraint, SmallInteger, Table, Text

from shared.store.tables import BIG, METADATA, TEXT

REAL: Double[float] = Double()


def _number(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False)


TOKEN = Table(
    "token_index",
    METADATA,
    _number("param"),
    Column("code", TEXT, nullable=False),
    _number("system"),
    _number("rid"),
    PrimaryKeyConstraint("param", "code", "system", "rid"),
    Index("token_by_system", "param", "system", "code", "rid"),
    Index("token_by_resource", "rid", "param", "code"),
    sqlite_with_rowid=False,
)

REFERENCE = Table(
    "reference_index",
    METADATA,
    _number("param"),
    Column("target", TEXT, nullable=False),
    _number("rid"),
    PrimaryKeyConstraint("param", "target", "rid"),
    Index("reference_by_resource", "rid", "param", "target"),
    sqlite_with_rowid=False,
)

DATE = Table(
    "date_index",
    METADATA,
    _number("param"),
    Column("span", SmallInteger, nullable=False),
    _number("low"),
    _number("high"),
    _number("rid"),
    PrimaryKeyConstraint("param", "span", "low", "high", "rid"),
    Index("date_by_resource", "rid", "param", "low", "high"),
    sqlite_with_rowid=False,
)

STRING = Table(
    "string_index",
    METADATA,
    _number("param"),
    Column("value", TEXT, nullable=False),
    _number("exact"),
    _number("rid"),
    PrimaryKeyConstraint("param", "value", "exact", "rid"),
    Index("string_by_resource", "rid", "param", "value"),
    sqlite_with_rowid=False,
)

QUANTITY = Table(
    "quantity_index",
    METADATA,
    _number("param"),
    _number("form"),
    Column("span", SmallInteger, nullable=False),
    Column("low", REAL, nullable=False),
    Column("high", REAL, nullable=False),
    _number("rid"),
    PrimaryKeyConstraint("param", "form", "span", "low", "high", "rid"),
    Index("quantity_by_resource", "rid", "param", "form", "low", "high"),
    sqlite_with_rowid=False,
)

PHRASE = Table(
    "phrase",
    METADATA,
    Column("id", BIG, primary_key=True, autoincrement=False),
    Column("value", TEXT, nullable=False),
    Column("text", TEXT, nullable=False),
)
"""The distinct normalised strings, for `:contains`: `id` is the number of the text, `value` what string_index has of it."""

FRESHNESS = Table(
    "index_freshness",
    METADATA,
    Column("type", Text, primary_key=True),
    Column("fingerprint", Text, nullable=False),
    Column("reached", Text, nullable=False),
)
"""With which definitions a type was indexed; while that is done anew, up to which id (then fingerprint is empty)."""

_BY_SHAPE = "CREATE INDEX resource_by_shape ON resource (type, shape, rid)"
"""For `:missing`: the shape has a bit for each parameter that has a value."""

_LONG = "CREATE INDEX phrase_that_is_long ON phrase (value) WHERE value <> text"
"""A long text stands in string_index by its beginning only."""

_PHRASES = """
CREATE FUNCTION phrases_like(pattern text) RETURNS SETOF text LANGUAGE sql STABLE SET enable_bitmapscan = on
AS 'SELECT DISTINCT value FROM phrase WHERE text LIKE pattern'
"""
"""A trigram index gives bitmaps only, which are off elsewhere: they are read to their end even where a few rows would do."""

EXTRAS: Mapping[str, tuple[str, ...]] = {
    "sqlite": (
        _BY_SHAPE,
        _LONG,
        "CREATE VIRTUAL TABLE phrase_trigram USING fts5"
        "(text, content='phrase', content_rowid='id', tokenize='trigram case_sensitive 1')",
        "CREATE TRIGGER phrase_is_indexed AFTER INSERT ON phrase "
        "BEGIN INSERT INTO phrase_trigram (rowid, text) VALUES (NEW.id, NEW.text); END",
    ),
    "postgresql": (
        _BY_SHAPE,
        _LONG,
        "CREATE EXTENSION IF NOT EXISTS pg_trgm",
        "CREATE INDEX phrase_by_trigram ON phrase USING gin (text gin_trgm_ops)",
        _PHRASES,
    ),
}
