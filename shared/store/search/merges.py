"""Who was merged into another, on the way along references: index rows hold the survivor, and either may be meant."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from shared.store.connection import Connection
from shared.store.search.sql import Sql, sql
from shared.store.statements import padded, places


def surviving(targets: str, type: str) -> Sql:
    """The rows of a step `targets(target)`, and whom they live on as."""
    ids = f"substr(t.target, {len(type) + 2})"
    into = f"SELECT '{type}/' || a.new FROM {targets} t CROSS JOIN alias a WHERE a.type = '{type}' AND a.old = {ids}"
    return sql(f"SELECT target FROM {targets} UNION {into}")


def merged_resource(row: str, type: str, id: str, of_type: str) -> Sql:
    """A join, with its WHERE, to the resources that live on as the one with this id (an expression)."""
    return sql(
        f"alias a CROSS JOIN resource {row} "
        f"WHERE {of_type} AND a.type = '{type}' AND a.new = {id} AND {row}.type = a.type AND {row}.id = a.old"
    )


def survivors(connection: Connection, references: Collection[str]) -> Iterator[str]:
    """Whom these (`Type/id`) live on as, of those that do."""
    parts = [part for reference in padded(list(references)) for part in reference.split("/")]
    values = ", ".join(["(?, ?)"] * (len(parts) // 2))
    found = connection.rows(f"SELECT type, new FROM alias WHERE (type, old) IN (VALUES {values})", parts)
    yield from (f"{type}/{new}" for type, new in found)


def merged(connection: Connection, type: str, ids: Collection[str]) -> list[str]:
    """The ids of those that live on as these."""
    wanted = padded(list(ids))
    found = connection.rows(f"SELECT old FROM alias WHERE type = ? AND new IN ({places(len(wanted))})", (type, *wanted))
    return [old for (old,) in found]
