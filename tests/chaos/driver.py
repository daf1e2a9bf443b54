"""Workers that do one thing after the other, each decided by the seed, the worker's number and the step's."""

from __future__ import annotations

import asyncio
from random import Random
from typing import Final

from tests.chaos import operations, resources, stories
from tests.chaos.book import Book
from tests.chaos.doors import Doors
from tests.chaos.operations import Operation, Worker
from tests.chaos.place import Place

WORKERS: Final = 8
_PAUSE_SECONDS: Final = 0.05

WEIGHTS: Final[dict[Operation, int]] = {
    operations.create: 24,
    operations.update: 18,
    operations.patch: 14,
    operations.read: 8,
    operations.delete: 4,
    operations.conditional_create: 8,
    operations.conditional_update: 5,
    operations.illegal: 4,
    operations.transaction: 8,
    operations.handover: 3,
    stories.book: 12,
    stories.cancel: 5,
    stories.discharge: 2,
    stories.visits: 2,
}


class Driver:
    """`await drive(seconds)`; then the book tells what was asked for, and what was answered."""

    def __init__(self, place: Place, seed: int) -> None:
        self.book = Book()
        self.operations = 0
        self._place = place
        self._seed = seed

    async def set_the_stage(self) -> None:
        async with Doors(self._place, self.book) as doors:
            for service, made in resources.stage().items():
                for resource in made:
                    answer = await doors.insist(service, "PUT", f"{resource['resourceType']}/{resource['id']}", resource)
                    assert answer.told == "acknowledged", str(answer)

    async def drive(self, seconds: float) -> None:
        async with Doors(self._place, self.book) as doors:
            workers = [Worker(doors, number) for number in range(WORKERS)]
            until = asyncio.get_running_loop().time() + seconds
            await asyncio.gather(*(self._work(worker, until) for worker in workers))
            self.operations = sum(worker.done for worker in workers)

    async def _work(self, worker: Worker, until: float) -> None:
        kinds, weights = list(WEIGHTS), list(WEIGHTS.values())
        while asyncio.get_running_loop().time() < until:
            random = Random(f"{self._seed}/{worker.number}/{worker.done}")
            operation = random.choices(kinds, weights)[0]
            await operation(worker, random)
            worker.done += 1
            await asyncio.sleep(random.random() * 2 * _PAUSE_SECONDS)
