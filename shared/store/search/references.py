"""References to a resource, also under the ids that it had before a merge, and to the one that it lives on as.

Index rows may hold either while a merge is being worked through the store, so both are looked for: right at once.
"""

from __future__ import annotations

from collections.abc import Iterator

from shared.fhir.query.atoms import RefersTo
from shared.store.search.scope import Scope
from shared.store.search.sql import Sql, sql

_MERGED = (
    "SELECT f.rid FROM alias a CROSS JOIN reference_index f "
    "WHERE a.type = ? AND a.{from_} = ? AND f.param = ? AND f.target = a.type || '/' || a.{to}"
)


def looks(_: Scope, __: str, atom: RefersTo) -> Iterator[Sql]:
    yield sql("SELECT rid FROM reference_index WHERE param = ? AND target = ?", atom.param, atom.target)
    type, slash, id = atom.target.partition("/")
    if slash and "/" not in id:
        yield sql(_MERGED.format(from_="old", to="new"), type, id, atom.param)
        yield sql(_MERGED.format(from_="new", to="old"), type, id, atom.param)


def condition(atom: RefersTo) -> Sql:
    """On a row of reference_index."""
    type, slash, id = atom.target.partition("/")
    if not slash or "/" in id:
        return sql("target = ?", atom.target)
    return sql(
        "(target = ? OR target IN (SELECT type || '/' || new FROM alias WHERE type = ? AND old = ?) "
        "OR target IN (SELECT type || '/' || old FROM alias WHERE type = ? AND new = ?))",
        atom.target,
        *(type, id, type, id),
    )
