"""One round: a fresh place, a driver and faults for some seconds, rest, the audit."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from time import monotonic

import nats.errors

from tests.chaos.audit import CHECKS, Evidence
from tests.chaos.book import Book
from tests.chaos.chain import broken_links
from tests.chaos.driver import Driver
from tests.chaos.faults import Fault, planned
from tests.chaos.histories import World, looked_at
from tests.chaos.injection import Injection
from tests.chaos.place import Database, Place
from tests.chaos.poison import poison
from tests.chaos.settling import settled
from tests.chaos.stream import Hand

PATIENCE_SECONDS = 90.0
_AGAIN_SECONDS = 0.5


@dataclass
class Round:
    """What a round came to. `wrong` is empty if all was well; the folder is kept if not."""

    seed: int
    database: Database
    instances: int = 1
    book: Book = field(default_factory=Book)
    operations: int = 0
    versions: int = 0
    faults: list[Fault] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    settled_seconds: float = 0.0
    folder: Path | None = None

    def report(self) -> str:
        told = self.book.tally()
        kinds = ", ".join(f"{kind} {number}" for kind, number in sorted(Counter(fault.kind for fault in self.faults).items()))
        where = self.database if self.instances == 1 else f"{self.database}, {self.instances} instances"
        missed = "".join(f"; {each}" for each in self.missed)
        lines = [
            f"seed {self.seed} on {where}: {self.operations} operations, {self.versions} versions; writes "
            + ", ".join(f"{number} {word}" for word, number in told.items()),
            f"  {len(self.faults)} faults: {kinds}",
            f"  {len(self.missed)} faults could not happen because of others{missed}",
            f"  at rest after {self.settled_seconds:.1f} s",
        ]
        lines += [f"  WRONG: {each}" for each in self.wrong[:40]]
        lines.append(f"  {'all as it should be' if not self.wrong else f'{len(self.wrong)} things are wrong; see {self.folder}'}")
        return "\n".join(lines)


async def played(seed: int, seconds: float, database: Database, instances: int = 1) -> Round:
    """Raises TimeoutError if the place does not get ready in the first place."""
    folder = Path(tempfile.mkdtemp(prefix="careloom-chaos-"))
    round = Round(seed, database, instances, folder=folder)
    place = Place(folder, database, instances if database == "postgresql" else 1)
    try:
        await asyncio.to_thread(place.start)
        await _disturbed(place, round, seconds)
        await _audited(place, round)
    finally:
        code = await asyncio.to_thread(place.stop)
        if code:
            round.wrong.append(f"the supervisor ended with {code}")
    if not round.wrong:
        shutil.rmtree(folder, ignore_errors=True)
    return round


async def _disturbed(place: Place, round: Round, seconds: float) -> None:
    driver = Driver(place, round.seed)
    round.book = driver.book
    injection = Injection(place, driver.book)
    await driver.set_the_stage()
    await asyncio.gather(driver.drive(seconds), injection.run(planned(round.seed, seconds, round.database)))
    await injection.undo()
    round.operations, round.faults, round.missed = driver.operations, injection.happened, injection.failed


async def _audited(place: Place, round: Round) -> None:
    began = monotonic()
    round.wrong += await _poisoned(place, round)
    round.wrong += await settled(place, PATIENCE_SECONDS)
    round.settled_seconds = monotonic() - began
    world: World = await looked_at(place, round.book.handovers)
    round.versions = sum(map(len, world.versions.values()))
    evidence = Evidence(round.book, world)
    round.wrong += [f"{check.__name__.replace('_', ' ')}: {each}" for check in CHECKS for each in check(evidence)]
    round.wrong += await broken_links(place)


async def _poisoned(place: Place, round: Round) -> list[str]:
    """The last poison comes when no fault is left, as soon as there is a stream again."""
    last = monotonic() + PATIENCE_SECONDS
    while monotonic() < last:
        with suppress(nats.errors.Error, OSError):
            async with Hand(place.broker.url) as hand:
                await poison(hand, round.book, Random(f"{round.seed}/last"))
                return []
        await asyncio.sleep(_AGAIN_SECONDS)
    return ["the stream did not come back"]
