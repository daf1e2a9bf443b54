"""`python -m tests.chaos --seed N --seconds S --database sqlite|postgresql`: exit 1, with the seed, when something is wrong.

A run is made of rounds of a minute at most, each on a fresh place with the next seed, so that what fails is quickly repeated.
"""

from __future__ import annotations

import argparse
import asyncio
import secrets
import signal
import sys

from tests.chaos.disk import in_own_namespaces
from tests.chaos.place import Database
from tests.chaos.run import played
from tests.postgres import binaries

ROUND_SECONDS = 60.0
DATABASES: tuple[Database, ...] = ("sqlite", "postgresql")


def main() -> int:
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=None, help="any number; without, one at random")
    parser.add_argument("--seconds", type=float, default=30.0, help="of disturbance on each database")
    parser.add_argument("--database", choices=DATABASES, action="append", help="one of them; without, both")
    parser.add_argument("--instances", type=int, default=1, help="of each service, on PostgreSQL")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    in_own_namespaces(("-m", "tests.chaos", *sys.argv[1:]))
    seed = secrets.randbelow(1_000_000) if asked.seed is None else asked.seed
    databases: list[Database] = asked.database or list(DATABASES)
    if "postgresql" in databases and not binaries():
        print("PostgreSQL: not tested, its server is not installed", file=sys.stderr)
        databases.remove("postgresql")
    failed = [line for database in databases for line in _rounds(seed, asked.seconds, database, asked.instances)]
    for line in failed:
        print(f"Failed. To see it again: python -m tests.chaos {line}", file=sys.stderr)
    return 1 if failed else 0


def _rounds(seed: int, seconds: float, database: Database, instances: int) -> list[str]:
    """The arguments of each round that failed."""
    failed = []
    left = seconds
    while left > 0:
        length = min(left, ROUND_SECONDS)
        round = asyncio.run(played(seed, length, database, instances))
        print(round.report(), flush=True)
        if round.wrong:
            failed.append(f"--seed {seed} --seconds {length:g} --database {database} --instances {instances}")
        left -= length
        seed += 1
    return failed


if __name__ == "__main__":
    sys.exit(main())
