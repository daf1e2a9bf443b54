"""Any sequence of merges, unmerges and writes, in two stores that hear of each other late and in any order, equals a model.

The model: who was merged into whom, and whom each plan was last said to be of.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.intake.merging import merge, unmerge
from shared.fhir.refusal import Conflict, Unprocessable
from shared.store.store import Store
from tests.conftest import OpenStore
from tests.contracts.plans import PLAN, Kept, a_plan
from tests.contracts.test_repointing import done

PATIENTS: Final = "abcd"
PLANS: Final = (1, 2, 3)

Step = tuple[str, Any, Any]
pairs = st.tuples(st.sampled_from(PATIENTS), st.sampled_from(PATIENTS))
STEPS: Final = st.lists(
    st.one_of(
        pairs.map(lambda pair: ("merge", *pair)),
        pairs.map(lambda pair: ("unmerge", *pair)),
        st.tuples(st.just("write"), st.sampled_from(PLANS), st.sampled_from(PATIENTS)),
        st.tuples(st.just("retitle"), st.sampled_from(PLANS), st.none()),
        st.tuples(st.just("carry"), st.randoms(use_true_random=False), st.none()),
        st.tuples(st.just("settle"), st.none(), st.none()),
    ),
    max_size=14,
)
_worlds = count()


@dataclass
class Model:
    into: dict[str, str] = field(default_factory=dict)
    parted: set[tuple[str, str]] = field(default_factory=set)
    said: dict[int, str] = field(default_factory=dict)

    def way(self, id: str) -> Iterator[str]:
        while id in self.into:
            id = self.into[id]
            yield id

    def who(self, id: str) -> str:
        return [id, *self.way(id)][-1]

    def merge(self, survivor: str, old: str) -> bool:
        """Whether it is to be refused."""
        if survivor == old:
            return True
        if old in self.into and self.who(old) == self.who(survivor):
            return False
        if old in self.into:
            return True
        if self.who(survivor) == old:
            self.unmerge(self.into[survivor], survivor)
        self.into[old] = survivor
        return False

    def unmerge(self, survivor: str, old: str) -> bool:
        if self.into.get(old) != survivor:
            return (survivor, old) not in self.parted
        del self.into[old]
        self.parted = {pair for pair in self.parted if pair[1] != old} | {(survivor, old)}
        return False


class World:
    """Patients in one store, plans in another, with ids of its own in both."""

    def __init__(self, patients: Store, plans: Store) -> None:
        self.model, self.patients, self.plans = Model(), patients, plans
        self._mark = f"w{next(_worlds)}"

    async def begin(self) -> None:
        for id in PATIENTS:
            await self.patients.unit(lambda tx, id=id: tx.save({"resourceType": "Patient", "id": self.id(id)}))
        await self.carry(None)
        for number in PLANS:
            await self.write(number, PATIENTS[0])

    async def step(self, what: str, one: Any, other: Any) -> None:
        match what:
            case "merge" | "unmerge":
                refused = getattr(self.model, what)(one, other)
                assert refused == await self.is_refused(merge if what == "merge" else unmerge, one, other)
            case "write":
                await self.write(one, other)
            case "retitle":
                plan = await self.plan(one)
                await self.plans.unit(lambda tx: tx.save(plan | {"title": f"{plan['title']}!"}))
            case "carry":
                await self.carry(one)
            case _:
                await done(self.plans)

    async def is_refused(self, work: Any, survivor: str, old: str) -> bool:
        try:
            await self.patients.unit(lambda tx: work(self.id(survivor), self.id(old), tx, "test"))
        except (Conflict, Unprocessable):
            return True
        return False

    async def write(self, number: int, patient: str) -> None:
        """Of a plan that names this patient already, it is no news whom it is of."""
        subject = {"reference": f"Patient/{self.id(patient)}"}
        known = await self.plans.view(lambda view: view.read("CarePlan", self.id(number)))
        if known is None or known["subject"] != subject:
            self.model.said[number] = patient
        await self.plans.unit(lambda tx: tx.save(a_plan(subject=subject, id=self.id(number))))

    async def carry(self, chance: Any) -> None:
        """All that became known of the patients so far, what was carried before once more, in any order."""
        history = await self.patients.view(
            lambda view: [each for id in PATIENTS for each in view.history("Patient", self.id(id))]
        )
        if chance:
            chance.shuffle(history)
        for version in history:
            await self.plans.unit(lambda tx, version=version: tx.copy(version))

    async def plan(self, number: int) -> dict[str, Any]:
        found = await self.plans.view(lambda view: view.read("CarePlan", self.id(number)))
        assert found is not None
        return found

    async def found_by(self, patient: str) -> list[int]:
        found = await self.plans.view(lambda view: view.search(f"CarePlan?patient={self.id(patient)}"))
        return sorted(int(plan["id"].rpartition("-")[2]) for plan in found)

    def id(self, name: object) -> str:
        return f"{self._mark}-{name}"


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=STEPS)
async def test_any_sequence_of_merges_unmerges_and_writes_equals_the_model(open_store: OpenStore, steps: list[Step]) -> None:
    world = World(open_store("patients", owns=[Kept("Patient")]), open_store("plans", owns=[PLAN], follows=["Patient"]))
    await world.begin()

    for step in steps:
        await world.step(*step)
    await world.carry(None)
    await done(world.plans)

    model = world.model
    for patient in PATIENTS:
        merged = {plan for plan, said in model.said.items() if model.who(said) == model.who(patient)}
        assert await world.found_by(patient) == sorted(merged)
    for number in PLANS:
        subject = (await world.plan(number))["subject"]["reference"].partition("-")[2]
        assert model.who(subject) == model.who(model.said[number])
