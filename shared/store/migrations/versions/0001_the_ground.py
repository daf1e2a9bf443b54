"""The first tables: resources, versions, search index, delivery, and what domains keep."""

from __future__ import annotations

from alembic import op

from shared.store import delivery_tables, index_tables, tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    connection = op.get_bind()
    tables.METADATA.create_all(connection)
    for extras in (tables.EXTRAS, index_tables.EXTRAS, delivery_tables.EXTRAS):
        for statement in extras.get(connection.dialect.name, ()):
            connection.exec_driver_sql(statement)
