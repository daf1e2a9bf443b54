"""Keeps the search index of one resource as its content is: writes the difference of two sets of rows."""

from __future__ import annotations

from shared.fhir.index import IndexRows
from shared.store.connection import Connection


def replace(connection: Connection, rid: int, type: str, before: IndexRows | None, after: IndexRows | None) -> None:
    """Bring the index rows of a resource from `before` (None: had none) to `after` (None: deleted) and set resource.shape."""
