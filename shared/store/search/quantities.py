"""How numbers and quantities are compared, on rows of points (span 0) and of ranges (span 1), both ends included."""

from __future__ import annotations

from collections.abc import Iterator

from shared.fhir.query.atoms import AmountIs
from shared.store.search.sql import Sql, sql


def comparison(test: AmountIs) -> Sql:
    """The condition on one row. The order prefixes take the value as exact: http://hl7.org/fhir/R4/search.html#number"""
    match test.prefix:
        case "eq":
            return sql("(low >= ? AND high < ?)", test.low, test.high)
        case "ne":
            return sql("(low < ? OR high >= ?)", test.low, test.high)
        case "gt":
            return sql("high > ?", test.value)
        case "lt":
            return sql("low < ?", test.value)
        case "ge":
            return sql("high >= ?", test.value)
        case "le":
            return sql("low <= ?", test.value)
        case "sa":
            return sql("low > ?", test.value)
        case "eb":
            return sql("high < ?", test.value)
        case "ap":
            return sql("(low <= ? AND high >= ?)", test.high, test.low)


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
