"""What names a resource by one parameter: a look along the index, where a search would be understood and put together first."""

from __future__ import annotations

from shared.fhir.parameters import parameters
from shared.store.connection import Connection
from shared.store.instant import moment
from shared.store.version import Version

_NAMING = (
    "SELECT r.id, v.number, v.updated, v.text, v.sequence "
    "FROM reference_index f CROSS JOIN resource r CROSS JOIN version v "  # CROSS: SQLite begins with the reference
    "WHERE f.param = ? AND f.target = coalesce((SELECT a.type || '/' || a.new FROM alias a WHERE a.type = ? AND a.old = ?), ?) "
    "AND r.rid = f.rid AND NOT r.deleted AND v.sequence = r.current ORDER BY r.id"
)


def naming(connection: Connection, type: str, parameter: str, reference: str) -> list[Version]:
    """The current versions of a type whose parameter names `Type/id`, or whom that lives on as; by id."""
    of_type, _, id = reference.partition("/")
    rows = connection.only(_NAMING, (parameters(type)[parameter].hash, of_type, id, reference))
    return [Version(type, id, number, moment(at), text.encode(), False, sequence) for id, number, at, text, sequence in rows]
