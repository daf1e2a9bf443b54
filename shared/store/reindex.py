"""Indexes what is stored anew, after the definitions or the way they are indexed have changed. Done at start, in batches."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Final

from shared.fhir import text
from shared.fhir.index import index_rows
from shared.fhir.index.extraction import FORMAT
from shared.fhir.parameters import fingerprint
from shared.store import aliases, indexing
from shared.store.connection import Connection
from shared.store.store import Store
from shared.store.transaction import Transaction

BATCH: Final = 90
"""Resources in one unit of work."""

_STATE = "SELECT fingerprint, reached FROM index_freshness WHERE type = ?"
_SET = (
    "INSERT INTO index_freshness (type, fingerprint, reached) VALUES (?, ?, ?) "
    "ON CONFLICT (type) DO UPDATE SET fingerprint = excluded.fingerprint, reached = excluded.reached"
)
_NEXT = (
    "SELECT r.rid, r.id, v.text FROM resource r CROSS JOIN version v "
    "WHERE r.type = ? AND r.id > ? AND NOT r.deleted AND v.sequence = r.current ORDER BY r.id LIMIT ?"
)


async def refresh(store: Store) -> list[str]:
    """Index anew, a batch in a unit of work, the types that need it, and name them. To be done before anybody searches."""
    types = sorted((*store.kept.owns, *store.kept.follows))
    found = await store.view(lambda view: stale(view.connection, types))
    for type in found:
        while not await store.unit(partial(_batch, type)):
            pass
    return found


def stale(connection: Connection, types: Iterable[str]) -> list[str]:
    """The types that were indexed with other definitions than today's, or never marked."""
    return [type for type in types if (connection.row(_STATE, (type,)) or ("",))[0] != _today(type)]


def reindex(connection: Connection, type: str, limit: int = BATCH) -> bool:
    """Index the next resources of a type anew; whether that was all of them. Goes on where an earlier call ended."""
    state = connection.row(_STATE, (type,))
    begin = state[1] if state and state[0] == "" else ""
    rows = connection.rows(_NEXT, (type, begin, limit))
    for rid, _, content in rows:
        _anew(connection, rid, content.encode())
    done = len(rows) < limit
    connection.execute(_SET, (type, _today(type) if done else "", "" if done else rows[-1][1]))
    return done


def _batch(type: str, tx: Transaction) -> bool:
    return reindex(tx.connection, type)


def _anew(connection: Connection, rid: int, content: bytes) -> None:
    indexing.clear(connection, rid)
    rows = aliases.resolved(connection, index_rows(text.load(content)))
    indexing.replace(connection, rid, None, rows)
    connection.execute("UPDATE resource SET shape = ? WHERE rid = ?", (rows.shape, rid))


def _today(type: str) -> str:
    return f"{FORMAT}:{fingerprint(type)}"
