"""How numbers and quantities are compared, on rows of points (span 0) and of ranges (span 1), both ends included."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from shared.fhir.query.atoms import AmountIs, Prefix
from shared.store.search.sql import Sql, sql

_TESTS: Mapping[Prefix, tuple[str, str]] = {
    "eq": ("low >= ? AND high < ?", "lh"),
    "ne": ("(low < ? OR high >= ?)", "lh"),
    "gt": ("high > ?", "v"),
    "lt": ("low < ?", "v"),
    "ge": ("high >= ?", "v"),
    "le": ("low <= ?", "v"),
    "sa": ("low > ?", "v"),
    "eb": ("high < ?", "v"),
    "ap": ("low <= ? AND high >= ?", "hl"),
}
"""On a row; `l` and `h` are the ends of what the value's precision means, `v` the value, which orders take as exact."""


def comparison(test: AmountIs) -> Sql:
    """The condition on one row of a parameter."""
    text, ends = _TESTS[test.prefix]
    at = {"l": test.low, "h": test.high, "v": test.value}
    return sql(f"(form = ? AND {text})", test.form, *(at[end] for end in ends))


def stretches(test: AmountIs) -> Iterator[Sql]:
    """The stretches of quantity_index (after `param` and `form`) with every row for which the comparison is true."""
    match test.prefix:
        case "eq":
            yield sql("span IN (0, 1) AND low >= ? AND low < ?", test.low, test.high)
        case "gt" | "ge":
            yield sql("span = 0 AND low >= ?", test.value)
            yield sql("span = 1")
        case "lt" | "le":
            yield sql("span IN (0, 1) AND low <= ?", test.value)
        case "sa":
            yield sql("span IN (0, 1) AND low > ?", test.value)
        case "eb":
            yield sql("span IN (0, 1) AND low < ?", test.value)
        case "ap":
            yield sql("span = 0 AND low >= ? AND low <= ?", test.low, test.high)
            yield sql("span = 1 AND low <= ?", test.high)
        case "ne":
            yield sql("span IN (0, 1)")
