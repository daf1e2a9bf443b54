"""Portable SQL: lists of values of any length, and its form on PostgreSQL, numbered parameters and one INSERT of many rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from shared.store.connection import Params

AFTER_ALL = "\U0010ffff"
"""No text that begins with another goes beyond that other with this at its end, compared byte by byte."""

_CHUNK = 32
_VALUES = re.compile(r"^\s*INSERT\b.*\bVALUES\s*(\([^()]*\))", re.IGNORECASE | re.DOTALL)


def places(count: int) -> str:
    return ", ".join("?" * count)


def padded(values: list[Any], by: Any = None) -> list[Any]:
    """The values and `by`, else the last of them, up to a power of two: few different texts for lists of any length."""
    return values + [values[-1] if by is None else by] * ((1 << (len(values) - 1).bit_length()) - len(values))


@lru_cache(maxsize=4096)
def numbered(sql: str) -> str:
    """PostgreSQL's own form of a text with `?`: `$1`, `$2` … Leaves quoted text alone."""
    pieces = sql.split("'")
    count = 0
    for at in range(0, len(pieces), 2):
        first, *rest = pieces[at].split("?")
        for piece in rest:
            count += 1
            first += f"${count}{piece}"
        pieces[at] = first
    return "'".join(pieces)


def in_chunks(sql: str, rows: Sequence[Params]) -> Iterator[tuple[str, Params]]:
    """One INSERT of many rows for many INSERTs of one. Other statements, and those that may meet their own rows, stay single."""
    if len(rows) == 1 or not (values := _VALUES.search(sql)) or "DO UPDATE" in sql:
        yield from ((sql, row) for row in rows)
        return
    for start in range(0, len(rows), _CHUNK):
        chunk = rows[start : start + _CHUNK]
        yield _of_many(sql, values.span(1), len(chunk)), [value for row in chunk for value in row]


@lru_cache(maxsize=4096)
def _of_many(sql: str, span: tuple[int, int], count: int) -> str:
    start, end = span
    return sql[:start] + ", ".join([sql[start:end]] * count) + sql[end:]
