"""References to a resource: index rows hold the id that it lives on under after merges; a search for an older id follows it."""

from __future__ import annotations

from collections.abc import Iterator

from shared.fhir.query.atoms import RefersTo
from shared.store.search.scope import Scope
from shared.store.search.sql import Sql, sql

_FOLLOWED = (
    "WITH RECURSIVE following(id) AS (SELECT new FROM alias WHERE type = ? AND old = ? "
    "UNION ALL SELECT a.new FROM following CROSS JOIN alias a WHERE a.type = ? AND a.old = following.id) "
    "SELECT '{type}/' || id AS target FROM following"
)


def looks(_: Scope, __: str, atom: RefersTo) -> Iterator[Sql]:
    yield sql("SELECT rid FROM reference_index WHERE param = ? AND target = ?", atom.param, atom.target)
    if followed := _followed(atom.target):
        begin = sql("SELECT f.rid FROM (").then(followed)
        yield begin.then(sql(") s CROSS JOIN reference_index f WHERE f.param = ? AND f.target = s.target", atom.param))


def condition(atom: RefersTo) -> Sql:
    """On a row of reference_index."""
    own = sql("target = ?", atom.target)
    followed = _followed(atom.target)
    return sql("(").then(own).then(sql("OR target IN (")).then(followed).then(sql("))")) if followed else own


def _followed(target: str) -> Sql | None:
    type, slash, id = target.partition("/")
    local = slash and type.isalpha() and "/" not in id
    return sql(_FOLLOWED.format(type=type), type, id, type) if local else None
