"""What was measured: figures that are kept as JSON, so that runs can be compared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median

import orjson

Key = tuple[str, str, int, int]
"""Database, name, connections, stored resources: what the same figure of another run is found by."""


@dataclass(slots=True)
class Figure:
    """One row. `values` has one for each round, `floor` the same round's measurement of what could be had at most.

    `unit` is `/s` (more is better) or something of which less is better: `ms`, `s`, `MB`. `detail` is said of the last round.
    """

    section: str
    database: str
    name: str
    unit: str
    connections: int = 0
    stored: int = 0
    values: list[float] = field(default_factory=list)
    floor: list[float] = field(default_factory=list)
    detail: dict[str, float] = field(default_factory=dict)

    @property
    def key(self) -> Key:
        return self.database, self.name, self.connections, self.stored

    @property
    def value(self) -> float:
        return median(self.values)

    @property
    def share(self) -> float | None:
        """Of the floor: the median of each round's own."""
        if not self.floor:
            return None
        return median(value / floor for value, floor in zip(self.values, self.floor, strict=True))

    @property
    def more_is_better(self) -> bool:
        return self.unit == "/s"


class Figures:
    """Those of a run, in the order in which they were first measured."""

    def __init__(self, figures: Iterable[Figure] = ()) -> None:
        self._by_key = {figure.key: figure for figure in figures}

    def __iter__(self) -> Iterator[Figure]:
        return iter(self._by_key.values())

    def add(self, figure: Figure) -> None:
        """One more round of a figure, or its first."""
        known = self._by_key.setdefault(figure.key, figure)
        if known is not figure:
            known.values += figure.values
            known.floor += figure.floor
            known.detail = figure.detail

    def find(self, key: Key) -> Figure | None:
        return self._by_key.get(key)


def write(path: Path, figures: Iterable[Figure], about: dict[str, str]) -> None:
    """`{"about": {…}, "figures": […]}`"""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {"about": about, "figures": [asdict(figure) for figure in figures]}
    path.write_bytes(orjson.dumps(content, option=orjson.OPT_INDENT_2))


def read(paths: Sequence[Path]) -> Figures:
    """Of several files of the same run, with the rounds of all."""
    figures = Figures()
    for path in paths:
        for each in orjson.loads(path.read_bytes())["figures"]:
            figures.add(Figure(**each))
    return figures
