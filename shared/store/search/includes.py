"""What goes along with the matches: the resources they refer to, and those that refer to them, also several steps away.

http://hl7.org/fhir/R4/search.html#include
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from shared.fhir.parameters import Parameter, number_of, parameters
from shared.fhir.query.controls import Include
from shared.store.connection import Connection
from shared.store.search import merges
from shared.store.search.page import VERSION, version_of
from shared.store.search.present import present
from shared.store.search.scope import Scope
from shared.store.search.selection import holds
from shared.store.search.sql import Sql, all_of, sql
from shared.store.statements import padded, places
from shared.store.version import Version

_AT_ONCE = 256

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Row:
    """A resource that was found, and its number."""

    rid: int
    version: Version


def included(connection: Connection, scope: Scope, includes: Sequence[Include], matches: Sequence[Row]) -> list[Version]:
    """Each once, none that is a match; in the order in which they were reached."""
    seen = {match.rid for match in matches}
    found: list[Version] = []
    edge, active = list(matches), list(includes)
    while edge and active:
        reached = {row.rid: row for one in active for row in _step(connection, scope, one, edge) if row.rid not in seen}
        seen |= reached.keys()
        edge = list(reached.values())
        found += [row.version for row in edge]
        active = [one for one in active if one.again]
    return found


def _step(connection: Connection, scope: Scope, include: Include, edge: Sequence[Row]) -> Iterator[Row]:
    return _backward(connection, scope, include, edge) if include.reverse else _forward(connection, scope, include, edge)


def _forward(connection: Connection, scope: Scope, include: Include, edge: Sequence[Row]) -> Iterator[Row]:
    references = _references(include.source, include.code)
    rids = [row.rid for row in edge if row.version.type == include.source]
    if not references or not rids:
        return
    params = [reference.hash for reference in references]
    targets: dict[str, list[str]] = {}
    canonicals: list[str] = []
    for some in _chunks(rids):
        for (target,) in connection.rows(*_targets(some, params)):
            type, slash, id = target.partition("/")
            if slash and ":" not in type and "/" not in id:
                targets.setdefault(type, []).append(id)
            else:
                canonicals.append(target)
    for type, ids in targets.items():
        if include.target in ("", type):
            also = _named_still(connection, type, ids, edge) if scope.merged else ()
            yield from _load(connection, scope, type, "id", list(dict.fromkeys((*ids, *also))))
    if canonicals:
        yield from _by_canonical(connection, scope, include, references, canonicals)


def _named_still(connection: Connection, type: str, ids: Sequence[str], edge: Sequence[Row]) -> list[str]:
    """Who was merged into one of them, as far as some JSON names them: a client looks for what it reads there."""
    merged = [id for some in _chunks(ids) for id in merges.merged(connection, type, some)]
    return [id for id in merged if any(f"/{id}".encode() in row.version.text for row in edge)]


def _by_canonical(
    connection: Connection, scope: Scope, include: Include, references: Sequence[Parameter], canonicals: list[str]
) -> Iterator[Row]:
    types = {type for one in references for type in one.targets if include.target in ("", type) and "url" in parameters(type)}
    for type in sorted(types):
        for some in _chunks(canonicals):
            values = padded(some)
            text = f"SELECT DISTINCT rid FROM token_index WHERE param = ? AND code IN ({places(len(values))})"
            rids = [rid for (rid,) in connection.rows(text, (number_of(f"{type}.url"), *values))]
            yield from _load(connection, scope, type, "rid", rids)


def _backward(connection: Connection, scope: Scope, include: Include, edge: Sequence[Row]) -> Iterator[Row]:
    sources = present(connection) if include.source == "*" else [include.source]
    targets = [row.version.reference for row in edge if include.target in ("", row.version.type)]
    if scope.merged:
        targets += [target for some in _chunks(targets) for target in merges.survivors(connection, some)]
    types = {row.version.type for row in edge}
    for source in sources:
        params = [one.hash for one in _references(source, include.code) if not types.isdisjoint(one.targets)]
        if not params:
            continue
        rids: dict[int, None] = {}
        for some in _chunks(targets):
            rids.update((rid, None) for (rid,) in connection.rows(*_sources(some, params)))
        yield from _load(connection, scope, source, "rid", list(rids))


def _references(type: str, code: str) -> list[Parameter]:
    return [one for one in parameters(type).values() if one.kind == "reference" and code in ("*", one.code)]


def _targets(rids: list[int], params: list[int]) -> Sql:
    rids, params = padded(rids), padded(params)
    text = f"SELECT DISTINCT target FROM reference_index WHERE rid IN ({places(len(rids))}) AND param IN ({places(len(params))})"
    return sql(text, *rids, *params)


def _sources(targets: list[str], params: list[int]) -> Sql:
    targets, params = padded(targets), padded(params)
    text = (
        f"SELECT DISTINCT rid FROM reference_index WHERE param IN ({places(len(params))}) AND target IN ({places(len(targets))})"
    )
    return sql(text, *params, *targets)


def _load(connection: Connection, scope: Scope, type: str, column: str, values: Sequence[int | str]) -> Iterator[Row]:
    limits = scope.within(type)
    for some in _chunks(values):
        wanted = padded(some)
        found = sql(
            f"SELECT {VERSION}, r.rid FROM resource r CROSS JOIN version v WHERE r.type = ? "
            f"AND r.{column} IN ({places(len(wanted))}) AND NOT r.deleted AND v.sequence = r.current",
            *(type, *wanted),
        )
        if limits:
            found = found.then(sql("AND")).then(all_of(holds(scope, limit, "r") for limit in limits))
        for row in connection.rows(*found):
            yield Row(row[-1], version_of(row[:-1]))


def _chunks(values: Sequence[T]) -> Iterator[list[T]]:
    for start in range(0, len(values), _AT_ONCE):
        yield list(values[start : start + _AT_ONCE])
