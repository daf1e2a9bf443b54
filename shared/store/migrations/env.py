"""Alembic's entry: runs the migrations on the connection that `upgrade` hands over, and compares for `draft`."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from sqlmodel import AutoString

from shared.store import delivery_tables, index_tables  # noqa: F401 (they declare tables on METADATA)
from shared.store.tables import METADATA


def is_declared(_: object, name: str | None, kind: str, reflected: bool, compared: object) -> bool:
    """What EXTRAS makes is not compared: SQLAlchemy has no words for it."""
    return not (reflected and compared is None and (kind == "index" or str(name).startswith("phrase_trigram")))


def printed(kind: str, item: Any, _: object) -> str | Literal[False]:
    return "sa.String()" if kind == "type" and isinstance(item, AutoString) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    include_object=is_declared,
    render_item=printed,
)
with context.begin_transaction():
    context.run_migrations()
