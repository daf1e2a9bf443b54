"""`python -m bench`: measures this machine's Careloom, prints tables, and keeps the figures in `.bench/latest.json`."""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench import doors, events, feed, matching, outage, revision, starts, table, units
from bench.cases import CASES
from bench.databases import Databases, can_be_measured
from bench.extent import DATABASES, QUICK, SMALLEST, Extent
from bench.figures import Figure, Figures, write
from bench.stack import ROOT

KEPT = ROOT / ".bench" / "latest.json"

GROWTH = (10_000, 100_000, 1_000_000)
GROWING = ("CarePlan", "conditional", "update", "read", "search", "transaction")
"""The cases of the service that has so much stored."""

Section = Callable[[Extent, Path, Databases], Iterator[Figure]]
SECTIONS: tuple[Section, ...] = (
    doors.measure,
    feed.measure,
    events.measure,
    outage.measure,
    starts.measure,
    units.measure,
    matching.measure,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Answers 0; 1 with a sentence on stderr where there is nothing to measure."""
    asked = _parser().parse_args(arguments)
    extent = _extent(asked)
    for missing in set(asked.database or asked.extent.databases) - set(extent.databases):
        print(f"{missing}: not measured, its server is not installed", file=sys.stderr)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    figures = Figures()
    began = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="careloom-bench-"))
    try:
        with Databases() as databases:
            for section in SECTIONS if asked.growth is None else (doors.measure,):
                for figure in section(extent, folder, databases):
                    figures.add(figure)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    about = _about()
    print("\n".join(f"{name}: {value}" for name, value in about.items()), end="\n\n")
    print(table.markdown(figures))
    if asked.growth is not None:
        print(table.grown(figures))
    write(asked.json, figures, about)
    print(f"Figures in {asked.json}, after {time.monotonic() - began:.0f} s; docs/bench.md says how to read them.")
    return 0 if list(figures) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_const", const=QUICK, dest="extent", help="a minute: one round of less")
    size.add_argument("--smallest", action="store_const", const=SMALLEST, dest="extent", help="seconds: only that it runs")
    grown = " ".join(map(str, GROWTH))
    size.add_argument("--growth", nargs="*", type=int, metavar="STORED", help=f"doors with so many stored (none said: {grown})")
    parser.add_argument("--only", nargs="+", metavar="PART", help="only figures whose names hold one of these")
    parser.add_argument("--database", nargs="+", choices=DATABASES, help="only these")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--connections", type=int, nargs="+")
    parser.add_argument("--seconds", type=float, help="of one case in one round")
    parser.add_argument("--stored", type=int, nargs="+", help="plans that are stored before the doors are measured")
    parser.add_argument("--backlog", type=int, help="events behind, and copies loaded again")
    parser.add_argument("--outage", type=float, help="seconds of load without the broker")
    parser.add_argument("--json", type=Path, default=KEPT, help="where the figures go")
    parser.set_defaults(extent=Extent())
    return parser


def _extent(asked: argparse.Namespace) -> Extent:
    """The chosen size, with what else is said changed in it."""
    extent: Extent = asked.extent
    if asked.growth is not None:
        only = tuple(name for name in CASES if any(part in name for part in GROWING))
        sizes = tuple(sorted(asked.growth)) or GROWTH
        extent = replace(extent, stored=sizes, connections=(16,), only=only, rounds=5, seconds=1.0)
    said: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name in ("only", "rounds", "connections", "seconds", "stored", "backlog", "outage")
        if (value := getattr(asked, name))
    }
    databases = tuple(name for name in asked.database or extent.databases if can_be_measured(name))
    return replace(extent, databases=databases, **said)


def _about() -> dict[str, str]:
    """Of which code, on what."""
    return {
        "revision": revision.described() or "unknown",
        "python": platform.python_version(),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}",
        "load before": f"{os.getloadavg()[0]:.1f}",
    }


if __name__ == "__main__":
    sys.exit(main())
