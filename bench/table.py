"""Figures as tables for people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import TypeVar

from bench.figures import Figure, Figures

K = TypeVar("K", bound=Hashable)


def markdown(figures: Iterable[Figure]) -> str:
    """A table for each section and database: a row for each name, a column for each number of connections."""
    lines: list[str] = []
    for (section, database), those in _grouped(figures, lambda each: (each.section, each.database)).items():
        lines += [f"## {section}: {database}", "", *_table(those), ""]
    return "\n".join(lines)


def compared(here: Figures, there: Figures, revision: str) -> str:
    """A row for each figure of both: there, here, and by which factor it is better here."""
    lines = [_row(["", revision, "here", "better by"]), _row(["---", "--:", "--:", "--:"])]
    for figure in here:
        other = there.find(figure.key)
        if other and other.value and figure.value:
            better = figure.value / other.value if figure.more_is_better else other.value / figure.value
            title = f"{figure.database}: {_title(figure)}{f', {figure.connections} connections' if figure.connections else ''}"
            lines.append(_row([title, _value(other), _value(figure), f"{better:.2f}"]))
    return "\n".join([*lines, ""])


def grown(figures: Iterable[Figure]) -> str:
    """A row for each figure of more is better: with the fewest stored, then by which factor it changes with more."""
    lines: list[str] = []
    rates = [figure for figure in figures if figure.more_is_better]
    for (_, database), those in _grouped(rates, lambda each: (each.name, each.database)).items():
        first, *others = sorted(those, key=lambda each: each.stored)
        if others:
            sizes = (f"{each.stored:,}: {each.value / first.value:.2f}" for each in others)
            lines.append(_row([f"{database}: {_title(first)}", _value(first), *sizes]))
    return "\n".join(["## With more stored", "", *lines, ""])


def _table(figures: list[Figure]) -> Iterator[str]:
    columns = sorted({figure.connections for figure in figures})
    yield _row(["", *map(_heading, columns)])
    yield _row(["---"] * (len(columns) + 1))
    for title, those in _grouped(figures, _title).items():
        cells = {figure.connections: _cell(figure) for figure in those}
        yield _row([title, *(cells.get(column, "") for column in columns)])


def _heading(connections: int) -> str:
    return f"{connections} connection{'s' if connections > 1 else ''}" if connections else ""


def _title(figure: Figure) -> str:
    return f"{figure.name} ({figure.stored:,} stored)" if figure.stored else figure.name


def _cell(figure: Figure) -> str:
    share = "" if figure.share is None else f" ({_short(figure.share)})"
    detail = "".join(f"; {name} {_short(value)}" for name, value in figure.detail.items())
    return f"**{_value(figure)}**{share}{detail}"


def _value(figure: Figure) -> str:
    return f"{_short(figure.value)}{'' if figure.unit == '/s' else ' '}{figure.unit}"


def _short(value: float) -> str:
    """Three digits that count."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _grouped(figures: Iterable[Figure], by: Callable[[Figure], K]) -> dict[K, list[Figure]]:
    """In the order in which each was first seen."""
    groups: defaultdict[K, list[Figure]] = defaultdict(list)
    for figure in figures:
        groups[by(figure)].append(figure)
    return groups
