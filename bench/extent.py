"""How much is measured: what the command line chooses."""

from __future__ import annotations

from dataclasses import dataclass

DATABASES = ("sqlite", "postgresql")


@dataclass(frozen=True, slots=True)
class Extent:
    """`seconds` is how long one case is asked in one round, half of it again for its floor; `only`: parts of wanted names."""

    databases: tuple[str, ...] = DATABASES
    only: tuple[str, ...] = ()
    rounds: int = 3
    connections: tuple[int, ...] = (1, 16, 64)
    seconds: float = 0.4
    stored: tuple[int, ...] = (10_000,)
    units: int = 1_000
    rates: tuple[int, ...] = (100, 300, 1_000)
    event_seconds: float = 3.0
    outage: float = 5.0
    backlog: int = 5_000
    starts: int = 2
    people: int = 10_000

    def wants(self, name: str) -> bool:
        return not self.only or any(part in name for part in self.only)


QUICK = Extent(
    rounds=1, connections=(16,), seconds=0.3, stored=(1_000,), units=300, rates=(300,), backlog=500, starts=1, people=2_000
)
SMALLEST = Extent(
    databases=("sqlite",),
    rounds=1,
    connections=(2,),
    seconds=0.05,
    stored=(50,),
    units=32,
    rates=(50,),
    event_seconds=0.2,
    outage=0.2,
    backlog=50,
    starts=1,
    people=60,
)
"""For the test that all of this still runs."""
