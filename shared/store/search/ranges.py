"""How dates are compared, on range rows [low, high): as ranges of the index, and on the rows of one resource.

http://hl7.org/fhir/R4/search.html#prefix. A class of ranges (span) has a longest width, so that what reaches beyond a moment is
found by where it begins; open ranges have classes of their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from shared.fhir.index.moments import EARLIEST, FOR_EVER, LONG, SINCE_EVER, SPANS, WIDTHS, span
from shared.fhir.query.atoms import DateIs, Prefix, UpdatedIs
from shared.store.search.sql import Sql, sql

_CLOSED = tuple(range(LONG + 1))
_MILLISECOND = 1000


_TESTS: Mapping[Prefix, tuple[str, str]] = {
    "eq": ("(low >= ? AND high <= ?)", "lh"),
    "ne": ("(low < ? OR high > ?)", "lh"),
    "gt": ("high > ?", "h"),
    "lt": ("low < ?", "l"),
    "ge": ("(high > ? OR low >= ? AND high <= ?)", "hlh"),
    "le": ("(low < ? OR low >= ? AND high <= ?)", "llh"),
    "sa": ("low >= ?", "h"),
    "eb": ("high <= ?", "l"),
    "ap": ("(low < ? AND high > ?)", "hl"),
}
"""On a row; `l` and `h` stand for the low and the high end of what is searched."""

_TIMES: Mapping[Prefix, tuple[str, str]] = {
    "eq": ("({r}.updated >= ? AND {r}.updated <= ?)", "lm"),
    "ne": ("({r}.updated < ? OR {r}.updated > ?)", "lm"),
    "gt": ("{r}.updated > ?", "m"),
    "lt": ("{r}.updated < ?", "l"),
    "ge": ("{r}.updated >= ?", "l"),
    "le": ("{r}.updated <= ?", "m"),
    "sa": ("{r}.updated >= ?", "h"),
    "eb": ("{r}.updated <= ?", "k"),
    "ap": ("({r}.updated > ? AND {r}.updated < ?)", "kh"),
}
"""On the time of the last change, which is a millisecond long: `k` and `m` are a millisecond before `l` and `h`."""


def comparison(test: DateIs) -> Sql:
    """The condition on one row's columns."""
    text, ends = _TESTS[test.prefix]
    return Sql(text, tuple(test.low if end == "l" else test.high for end in ends))


def updated(test: UpdatedIs, row: str) -> Sql:
    """The condition on the time of the last change, a range of it wherever there is one."""
    text, ends = _TIMES[test.prefix]
    at = {"l": test.low, "h": test.high, "k": test.low - _MILLISECOND, "m": test.high - _MILLISECOND}
    return Sql(text.format(r=row), tuple(at[end] for end in ends))


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
