"""How dates are compared, on range rows [low, high): as ranges of the index, and on the rows of one resource.

http://hl7.org/fhir/R4/search.html#prefix. A class of ranges (span) has a longest width, so that what reaches beyond a moment is
found by where it begins; open ranges have classes of their own.
"""

from __future__ import annotations

from collections.abc import Iterator

from shared.fhir.index.moments import EARLIEST, FOR_EVER, LONG, SINCE_EVER, SPANS, WIDTHS, span
from shared.fhir.query.atoms import DateIs, UpdatedIs
from shared.store.search.sql import Sql, sql

_CLOSED = tuple(range(LONG + 1))
_MILLISECOND = 1000


def comparison(test: DateIs | UpdatedIs, low: str = "low", high: str = "high") -> Sql:
    """The condition on one row's columns."""
    match test.prefix:
        case "eq":
            return sql(f"({low} >= ? AND {high} <= ?)", test.low, test.high)
        case "ne":
            return sql(f"({low} < ? OR {high} > ?)", test.low, test.high)
        case "gt":
            return sql(f"{high} > ?", test.high)
        case "lt":
            return sql(f"{low} < ?", test.low)
        case "ge":
            return sql(f"({high} > ? OR {low} >= ? AND {high} <= ?)", test.high, test.low, test.high)
        case "le":
            return sql(f"({low} < ? OR {low} >= ? AND {high} <= ?)", test.low, test.low, test.high)
        case "sa":
            return sql(f"{low} >= ?", test.high)
        case "eb":
            return sql(f"{high} <= ?", test.low)
        case "ap":
            return sql(f"({low} < ? AND {high} > ?)", test.high, test.low)


def stretches(test: DateIs) -> Iterator[Sql]:
    """The stretches of date_index (after `param`) that together hold every row for which the comparison is true."""
    match test.prefix:
        case "eq":
            spans = ", ".join(map(str, range(min(span(test.low, test.high), LONG) + 1)))
            yield sql(f"span IN ({spans}) AND low >= ? AND low < ?", test.low, test.high)
        case "gt":
            yield from _reaching(test.high)
        case "ge":
            yield from _reaching(test.high, test.low - 1)
        case "lt":
            yield from _beginning_before(test.low)
        case "le":
            yield from _beginning_before(test.high)
        case "sa":
            yield sql(f"span IN ({_list(*_CLOSED, FOR_EVER)}) AND low >= ?", test.high)
        case "eb":
            yield sql(f"span IN ({_list(*_CLOSED)}) AND low < ?", test.low)
            yield sql(f"span = {SINCE_EVER} AND low = {EARLIEST} AND high <= ?", test.low)
        case "ap":
            yield from (within.then(sql("AND low < ?", test.high)) for within in _reaching(test.low))
        case "ne":
            yield sql(f"span IN ({_list(*SPANS)})")


def updated(test: UpdatedIs) -> Sql:
    """The condition on `updated`, whose precision is a millisecond; a range of it wherever there is one."""
    low, high = test.low, test.high
    match test.prefix:
        case "eq":
            return sql("{r}.updated >= ? AND {r}.updated <= ?", low, high - _MILLISECOND)
        case "ge":
            return sql("{r}.updated >= ?", min(low, high - _MILLISECOND + 1))
        case "gt":
            return sql("{r}.updated > ?", high - _MILLISECOND)
        case "lt":
            return sql("{r}.updated < ?", low)
        case "le":
            return sql("{r}.updated <= ?", max(low - 1, high - _MILLISECOND))
        case "sa":
            return sql("{r}.updated >= ?", high)
        case "eb":
            return sql("{r}.updated <= ?", low - _MILLISECOND)
        case "ap":
            return sql("{r}.updated > ? AND {r}.updated < ?", low - _MILLISECOND, high)
        case "ne":
            return sql("({r}.updated < ? OR {r}.updated > ?)", low, high - _MILLISECOND)


def _reaching(moment: int, also_from: int | None = None) -> Iterator[Sql]:
    """Rows that may end after a moment, and those that begin after another."""
    for place, width in enumerate(WIDTHS):
        begin = moment - width if also_from is None else min(moment - width, also_from)
        yield sql(f"span = {place} AND low > ?", begin)
    yield sql(f"span = {LONG} AND low > {EARLIEST}")
    yield sql(f"span = {SINCE_EVER} AND low = {EARLIEST} AND high > ?", moment)
    yield sql(f"span = {FOR_EVER} AND low > {EARLIEST}")


def _beginning_before(moment: int) -> Iterator[Sql]:
    yield sql(f"span IN ({_list(*_CLOSED, FOR_EVER)}) AND low < ?", moment)
    yield sql(f"span = {SINCE_EVER} AND low = {EARLIEST}")


def _list(*spans: int) -> str:
    return ", ".join(map(str, spans))
