"""What was: versions in the order of commits, newest first, deletions included."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from shared.store.connection import Connection, Row
from shared.store.instant import micros, moment
from shared.store.version import Version

_AFTER_DELETION = "(SELECT b.deleted FROM version b WHERE b.rid = v.rid AND b.number = v.number - 1)"
_SELECT = (
    f"SELECT r.type, r.id, v.number, v.updated, v.text, v.deleted, v.sequence, {_AFTER_DELETION} "
    "FROM version v JOIN resource r ON r.rid = v.rid"
)
_OF_ONE = "v.rid = (SELECT rid FROM resource WHERE type = ? AND id = ?)"
_NOT_BEFORE = "v.sequence >= (SELECT min(sequence + 0) FROM version WHERE type IN (%s) AND updated >= ?)"
"""Where reading newest first may end: nothing made since then was committed before. (`+ 0`: PostgreSQL would else look for the
minimum in the order of commits, from the oldest on.)"""
_NOT_REPLACED = "NOT EXISTS (SELECT 1 FROM version n WHERE n.rid = v.rid AND n.number > v.number AND n.updated <= ?)"

Period = tuple[datetime, datetime]
"""Half-open."""


def history(
    connection: Connection,
    type: str | None,
    id: str | None,
    *,
    since: datetime | None,
    at: Period | None,
    before_sequence: int | None,
    count: int,
    types: Collection[str] = (),
) -> list[Version]:
    """At most `count` versions: of one resource, of a type, or (neither given) of all, or of all these types.

    `since`: made then or later. `at`: current at some moment of the period. `before_sequence`: the page after the version
    of that sequence. http://hl7.org/fhir/R4/http.html#history
    """
    criteria, params = _criteria(type, id, since, at)
    if types and not type:
        criteria.append(f"v.type IN ({', '.join('?' * len(types))})")
        params += sorted(types)
    if before_sequence is not None:
        criteria.append("v.sequence < ?")
        params.append(before_sequence)
    if since and not id and (listed := [type] if type else sorted(types)):
        criteria.append(_NOT_BEFORE % ", ".join("?" * len(listed)))
        params += [*listed, micros(since)]
    where = f" WHERE {' AND '.join(criteria)}" if criteria else ""
    order = "v.number" if id else "v.sequence"
    rows = connection.rows(f"{_SELECT}{where} ORDER BY {order} DESC LIMIT ?", (*params, count))
    return [_version_of(row) for row in rows]


def length(connection: Connection, type: str, id: str, *, since: datetime | None, at: Period | None) -> int:
    """How many versions of one resource its history has, on all pages together."""
    criteria, params = _criteria(type, id, since, at)
    row = connection.row(f"SELECT count(*) FROM version v WHERE {' AND '.join(criteria)}", params)
    return row[0] if row else 0


def _version_of(row: Row) -> Version:
    type, id, number, updated, text, deleted, sequence, after_deletion = row
    made_anew = not deleted and (number == 1 or bool(after_deletion))
    return Version(type, id, number, moment(updated), text.encode(), bool(deleted), sequence, made_anew)


def _criteria(type: str | None, id: str | None, since: datetime | None, at: Period | None) -> tuple[list[str], list[object]]:
    criteria: list[str] = []
    params: list[object] = []
    if type and id:
        criteria.append(_OF_ONE)
        params += (type, id)
    elif type:
        criteria.append("v.type = ?")
        params.append(type)
    if since:
        criteria.append("v.updated >= ?")
        params.append(micros(since))
    if at:
        criteria += ["v.updated < ?", _NOT_REPLACED]
        params += (micros(at[1]), micros(at[0]))
    return criteria, params
