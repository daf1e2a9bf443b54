"""Pieces of SQL with their parameters, put together without ever putting a value into the text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from shared.store.statements import padded, places


class Sql(NamedTuple):
    text: str
    params: tuple[Any, ...] = ()

    def then(self, other: Sql) -> Sql:
        return Sql(f"{self.text} {other.text}", self.params + other.params)


def sql(text: str, *params: Any) -> Sql:
    return Sql(text, params)


def joined(separator: str, pieces: Iterable[Sql]) -> Sql:
    """The pieces with a separator between them; empty for none."""
    pieces = list(pieces)
    if len(pieces) == 1:
        return pieces[0]
    return Sql(separator.join([piece.text for piece in pieces]), tuple([value for piece in pieces for value in piece.params]))


def all_of(pieces: Iterable[Sql]) -> Sql:
    return joined(" AND ", pieces)


def any_of(pieces: Iterable[Sql]) -> Sql:
    found = joined(" OR ", pieces)
    return Sql(f"({found.text})", found.params)


def one_of(column: str, values: Sequence[Any]) -> Sql:
    """The condition that a column has one of the values."""
    if len(values) == 1:
        return sql(f"{column} = ?", values[0])
    several = padded(list(values))
    return sql(f"{column} IN ({places(len(several))})", *several)
