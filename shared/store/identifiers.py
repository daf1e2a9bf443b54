"""Who has an identifier: one look along the index, where a search would be understood and put together first."""

from __future__ import annotations

from functools import cache

from shared.fhir.index.forms import key, number
from shared.fhir.parameters import parameters
from shared.store.connection import Connection

_WITH_IT = (
    "SELECT r.id FROM token_index t CROSS JOIN resource r "  # CROSS: SQLite begins with the identifier
    "WHERE t.param = ? AND t.code = ?{} AND r.rid = t.rid AND NOT r.deleted ORDER BY t.rid LIMIT 1"
)
_OF_THE_SYSTEM, _OF_ANY = _WITH_IT.format(" AND t.system = ?"), _WITH_IT.format("")


def identified(connection: Connection, type: str, system: str, value: str) -> str:
    """The id of the resource of a type with this identifier, of the first where several have it; "" for none.

    `system` "": of whatever system.
    """
    if system:
        found = connection.row(_OF_THE_SYSTEM, (_param(type), key(value), number(system)))
    else:
        found = connection.row(_OF_ANY, (_param(type), key(value)))
    return str(found[0]) if found else ""


@cache
def _param(type: str) -> int:
    return parameters(type)["identifier"].hash
