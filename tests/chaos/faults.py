"""What goes wrong: which faults there are, and when each of them comes, by the seed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Final

from tests.chaos.instance import SERVICES
from tests.chaos.place import Database

BROKER: Final = (
    "broker killed",
    "broker paused",
    "stream's tail lost",
    "stream's last messages deleted",
    "stream deleted",
    "consumer deleted",
    "events delivered twice",
    "events delivered late and shuffled",
    "poison",
    "power cut",
)
SERVICE: Final = ("service killed", "service paused", "service stopped", "clock off", "reactions fail")
OF_DATABASE: Final[dict[Database, tuple[str, ...]]] = {
    "sqlite": ("disk full",),
    "postgresql": ("database killed", "database restarted", "connections cut", "server's disk full"),
}
OFTEN: Final = ("service killed", "broker killed")


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens `at` so many seconds from the start, for `lasts` seconds where it lasts."""

    at: float
    kind: str
    victim: str
    lasts: float
    seed: str

    def __str__(self) -> str:
        return f"{self.kind} ({self.victim}) at {self.at:.1f} s"


def planned(seed: int, seconds: float, database: Database) -> list[Fault]:
    """Every kind once before any comes again."""
    return list(_planned(seed, seconds, database))


def _planned(seed: int, seconds: float, database: Database) -> Iterator[Fault]:
    random = Random(f"{seed}/faults")
    kinds = (*BROKER, *SERVICE, *OF_DATABASE[database], *OFTEN)
    waiting: list[str] = []
    at = 0.5
    while at < seconds:
        if not waiting:
            waiting = random.sample(kinds, len(kinds))
        yield Fault(at, waiting.pop(), random.choice(SERVICES), random.uniform(0.3, 3.5), f"{seed}/{at:.3f}")
        at += random.uniform(0.6, 2.0)
