"""What names a resource, looked up without a search."""

from __future__ import annotations

from shared.store.view import View
from tests.conftest import OpenStore
from tests.contracts.plans import PLAN, TASK, a_plan, put


def of(patient: str) -> dict[str, object]:
    return a_plan(subject={"reference": f"Patient/{patient}"})


def named(patient: str) -> object:
    def look(view: View) -> list[str]:
        return [plan["id"] for plan in view.naming("CarePlan", "patient", f"Patient/{patient}")]

    return look


async def test_what_names_a_resource_is_found_by_its_id_but_nothing_deleted(open_store: OpenStore) -> None:
    store = open_store(owns=[PLAN, TASK])
    for id, patient in (("b", "river"), ("a", "river"), ("gone", "river"), ("c", "ana")):
        await store.unit(put(of(patient), id))
    await store.unit(lambda tx: tx.delete("CarePlan", "gone"))

    assert await store.view(named("river")) == await store.unit(named("river")) == ["a", "b"]
    assert await store.view(named("nobody")) == []


async def test_after_a_merge_either_id_finds_what_names_either(open_store: OpenStore) -> None:
    store = open_store(owns=[PLAN, TASK])
    await store.unit(put(of("old"), "a"))
    await store.unit(put(of("new"), "b"))

    await store.unit(lambda tx: tx.alias("Patient", "old", "new", "event"))

    assert await store.view(named("old")) == await store.view(named("new")) == ["a", "b"]

    await store.unit(lambda tx: tx.unalias("Patient", "old"))

    assert await store.view(named("old")) == ["a"]
    assert await store.view(named("new")) == ["b"]
