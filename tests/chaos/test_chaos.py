"""A short run on each database; `make chaos` runs for as long as one likes."""

from __future__ import annotations

import pytest

from tests.chaos.faults import BROKER, OF_DATABASE, OFTEN, SERVICE, planned
from tests.chaos.place import Database
from tests.chaos.run import played
from tests.postgres import binaries

SECONDS = 20.0


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
async def test_whatever_goes_wrong_what_was_acknowledged_is_there_once_and_everywhere(database: Database) -> None:
    if database == "postgresql" and not binaries():
        pytest.skip("PostgreSQL's server is not installed")

    round = await played(20261123, SECONDS, database)

    assert not round.wrong, round.report()


def test_a_seed_plans_the_same_faults_again() -> None:
    assert planned(7, 60, "sqlite") == planned(7, 60, "sqlite")
    assert planned(7, 60, "sqlite") != planned(8, 60, "sqlite")


def test_every_kind_of_fault_comes_before_any_comes_again() -> None:
    every = (*BROKER, *SERVICE, *OF_DATABASE["postgresql"])
    kinds = [fault.kind for fault in planned(7, 60, "postgresql")]

    assert set(kinds[: len(every) + len(OFTEN)]) == set(every)
