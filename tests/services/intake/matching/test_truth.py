"""Made-up people of whom the truth is known: how many are found, and that nobody is taken for somebody else."""

from __future__ import annotations

from bench.matching import judged, keep
from bench.people import people
from tests.services.town import Running

PEOPLE = 1_000


async def test_a_thousand_people_are_told_apart(intake: Running) -> None:
    known = people(PEOPLE)
    await keep(intake.store, known.stored)

    found = await intake.store.view(lambda view: judged(known.asked, view))

    assert found.precision >= 0.995
    assert found.recall >= 0.95
    assert found.right > PEOPLE / 4


def test_the_same_seed_gives_the_same_people() -> None:
    assert people(50, seed=3) == people(50, seed=3)
    assert people(50, seed=3) != people(50, seed=4)
