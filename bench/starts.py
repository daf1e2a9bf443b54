"""How long a service takes to start, and how much memory it holds then."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bench.databases import Databases
from bench.extent import Extent
from bench.figures import Figure
from bench.stack import NAMES, Stack

SECTION = "Start and memory of a service"

_WHAT = ("first start", "start", "resident")


def measure(extent: Extent, folder: Path, databases: Databases) -> Iterator[Figure]:
    """The first start of a service makes its tables."""
    wanted = [name for name in NAMES if any(extent.wants(f"{name}, {what}") for what in _WHAT)]
    for database in extent.databases if wanted else ():
        place = folder / f"starts-{database}"
        with Stack(place, {name: databases.fresh(database, place, name) for name in wanted}) as stack:
            for name in wanted:
                yield Figure(SECTION, database, f"{name}, first start", "s", values=[stack.start(name)])
                stack.stop(name)
            for _ in range(extent.starts):
                for name in wanted:
                    yield Figure(SECTION, database, f"{name}, start", "s", values=[stack.start(name)])
                    resident, detail = stack.memory(name)
                    yield Figure(SECTION, database, f"{name}, resident", "MB", values=[resident], detail=detail)
                    stack.stop(name)
