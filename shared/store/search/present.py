"""The types that the store has resources of, by one step in the index for each."""

from __future__ import annotations

from shared.store.connection import Connection

_TYPES = """
WITH RECURSIVE known(type) AS (
 SELECT min(type) FROM resource
 UNION ALL
 SELECT (SELECT min(type) FROM resource WHERE type > known.type) FROM known WHERE known.type IS NOT NULL
) SELECT type FROM known WHERE type IS NOT NULL"""


def present(connection: Connection) -> list[str]:
    return [type for (type,) in connection.rows(_TYPES)]
