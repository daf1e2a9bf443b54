"""Rows of resources and versions: what is current, and what is written when something changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from shared.store.connection import Connection, Params, Row
from shared.store.instant import micros, moment
from shared.store.statements import padded, places
from shared.store.version import Version

_CURRENT = (
    "SELECT r.rid, r.number, r.updated, r.deleted, r.current, v.text "
    "FROM resource r JOIN version v ON v.sequence = r.current WHERE r.type = ? AND r.id = ?"
)
_CURRENT_OF_SEVERAL = (
    "SELECT r.id, r.rid, r.number, r.updated, r.deleted, r.current, v.text "
    "FROM resource r CROSS JOIN version v WHERE r.type = ? AND r.id IN ({}) AND v.sequence = r.current"
)
_CURRENT_OF_ALL = (
    "WITH wanted (type, id) AS (VALUES {}) "
    "SELECT r.type, r.id, r.rid, r.number, r.updated, r.deleted, r.current, v.text "
    "FROM wanted w CROSS JOIN resource r CROSS JOIN version v WHERE r.type = w.type AND r.id = w.id AND v.sequence = r.current"
)
_NUMBERED = (
    "SELECT v.updated, v.deleted, v.sequence, v.text "
    "FROM resource r JOIN version v ON v.rid = r.rid AND v.number = ? WHERE r.type = ? AND r.id = ?"
)
_VERSION = (
    "INSERT INTO version (sequence, rid, type, number, updated, deleted, text, caller, cause) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_RESOURCE = "INSERT INTO resource (rid, type, id, number, updated, deleted, current, shape) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_MOVED = "UPDATE resource SET number = ?, updated = ?, deleted = ?, current = ?, shape = ? WHERE rid = ?"


@dataclass(frozen=True, slots=True)
class Stored:
    """The current version and the row that it belongs to."""

    rid: int
    version: Version


def current(connection: Connection, type: str, id: str) -> Stored | None:
    found = connection.row(_CURRENT, (type, id))
    return None if found is None else _stored(type, id, *found)


def current_of(connection: Connection, references: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Stored]:
    """Those that were ever known, by (type, id), in one look."""
    if len(references) == 1:
        only = current(connection, *references[0])
        return {references[0]: only} if only else {}
    wanted = padded(list(references), _NOBODY)
    sql = _CURRENT_OF_ALL.format(", ".join(["(?, ?)"] * len(wanted)))
    rows = connection.rows(sql, [part for reference in wanted for part in reference])
    return {(type, id): _stored(type, id, *row) for type, id, *row in rows}


_NOBODY: Final = ("", "")


def several(type: str, ids: Sequence[str]) -> tuple[str, Params]:
    """The statement for the current versions of a type's, and its parameters; `by_id` reads what it finds."""
    wanted = padded(list(ids))
    return _CURRENT_OF_SEVERAL.format(places(len(wanted))), (type, *wanted)


def by_id(type: str, rows: Iterable[Row]) -> dict[str, Stored]:
    return {id: _stored(type, id, *row) for id, *row in rows}


def _stored(type: str, id: str, rid: int, number: int, updated: int, deleted: int, sequence: int, text: str) -> Stored:
    return Stored(rid, Version(type, id, number, moment(updated), text.encode(), bool(deleted), sequence))


def numbered(connection: Connection, type: str, id: str, number: int) -> Version | None:
    found = connection.row(_NUMBERED, (number, type, id))
    if found is None:
        return None
    updated, deleted, sequence, text = found
    return Version(type, id, number, moment(updated), text.encode(), bool(deleted), sequence)


def append(
    connection: Connection, rid: int, version: Version, caller: str, cause: str, *, first: bool, shape: int | None
) -> None:
    """Write a version that becomes the current one. `first`: the resource has no row yet. `shape`: of its index rows."""
    at = micros(version.updated)
    values = (version.sequence, rid, version.type, version.number, at, version.deleted, version.text.decode(), caller, cause)
    connection.execute(_VERSION, values)
    if first:
        row = (rid, version.type, version.id, version.number, at, version.deleted, version.sequence, shape)
        connection.execute(_RESOURCE, row)
    else:
        connection.execute(_MOVED, (version.number, at, version.deleted, version.sequence, shape, rid))


def drop_older(connection: Connection, rid: int, sequence: int) -> None:
    """Forget the versions before this one: of a followed copy only the newest is kept."""
    connection.execute("DELETE FROM version WHERE rid = ? AND sequence < ?", (rid, sequence))
