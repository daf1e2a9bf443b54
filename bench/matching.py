"""How well and how fast patients are told apart: `$match` over made-up people of whom the truth is known."""

from __future__ import annotations

import asyncio
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.databases import Databases
from bench.extent import Extent
from bench.figures import Figure
from bench.people import Asked, Patient, People, people
from services.intake.matching.match import matches
from shared.fhir import types
from shared.service import Owned
from shared.store.store import Store
from shared.store.view import View

SECTION = "Who is it: $match"
NAME = "match"

_AT_ONCE = 90
"""So many patients are stored in a unit of work."""


@dataclass(frozen=True, slots=True)
class Judged:
    """Of the patients that were answered as certain or probable the right and the wrong ones; and who should have been."""

    right: int
    wrong: int
    missed: int

    @property
    def precision(self) -> float:
        return self.right / max(self.right + self.wrong, 1)

    @property
    def recall(self) -> float:
        return self.right / max(self.right + self.missed, 1)


def measure(extent: Extent, folder: Path, databases: Databases) -> Iterator[Figure]:
    if not extent.wants(NAME):
        return
    known = people(extent.people)
    for database in extent.databases:
        url = databases.fresh(database, folder / f"match-{database}", "people")
        judged, rate = asyncio.run(_measured(url, known))
        detail = {"precision": judged.precision, "recall": judged.recall, "wrong": judged.wrong, "asked": len(known.asked)}
        yield Figure(SECTION, database, NAME, "/s", stored=len(known.stored), values=[rate], detail=detail)
        print(f"  {NAME} on {database}: {judged}", file=sys.stderr)


async def keep(store: Store, patients: Sequence[Patient]) -> None:
    for start in range(0, len(patients), _AT_ONCE):
        some = patients[start : start + _AT_ONCE]
        await store.unit(lambda tx, some=some: [tx.save(each) for each in some])  # type: ignore[misc]


def judged(asked: Sequence[Asked], view: View) -> Judged:
    """What each of them is taken for."""
    counted: Counter[str] = Counter()
    for each in asked:
        found = {match.patient["id"] for match in matches(each.patient, view) if match.score.grade in ("certain", "probable")}
        counted["right"] += each.truth in found
        counted["missed"] += bool(each.truth) and each.truth not in found
        counted["wrong"] += len(found - {each.truth})
    return Judged(counted["right"], counted["wrong"], counted["missed"])


async def _measured(url: str, known: People) -> tuple[Judged, float]:
    store = Store.open(url, service="bench", owns=(Owned(types.Patient),))
    await keep(store, known.stored)
    start = time.perf_counter()
    found = await store.view(lambda view: judged(known.asked, view))
    took = time.perf_counter() - start
    await store.close()
    return found, len(known.asked) / took
