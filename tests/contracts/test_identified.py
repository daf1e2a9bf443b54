"""Who has an identifier, looked up without a search."""

from __future__ import annotations

from typing import Any

from shared.fhir.issue import Resource
from tests.conftest import OpenStore
from tests.contracts.plans import PLAN, TASK, a_plan, put

MRN = "urn:mrn"


def with_number(value: str, system: str = MRN) -> Resource:
    return a_plan(identifier=[{"system": system, "value": value}])


async def test_a_resource_is_found_by_its_identifier_with_and_without_the_system(open_store: OpenStore) -> None:
    store = open_store(owns=[PLAN, TASK])
    await store.unit(put(with_number("1"), "p1"))
    await store.unit(put(with_number("2", "urn:other"), "p2"))

    async def found(*asked: str) -> Any:
        return await store.view(lambda view: view.identified(*asked))

    assert await found("CarePlan", MRN, "1") == await found("CarePlan", "", "1") == "p1"
    assert await found("CarePlan", "", "2") == "p2"
    assert await found("CarePlan", MRN, "2") == await found("CarePlan", MRN, "3") == await found("Task", MRN, "1") == ""


async def test_the_first_of_several_is_found_and_a_deleted_one_is_not(open_store: OpenStore) -> None:
    store = open_store(owns=[PLAN, TASK])
    await store.unit(put(with_number("1"), "p1"))
    await store.unit(put(with_number("1"), "p2"))

    assert await store.unit(lambda tx: tx.identified("CarePlan", MRN, "1")) == "p1"

    await store.unit(lambda tx: tx.delete("CarePlan", "p1"))
    assert await store.unit(lambda tx: tx.identified("CarePlan", MRN, "1")) == "p2"


async def test_a_unit_finds_what_it_has_just_written(open_store: OpenStore) -> None:
    store = open_store(owns=[PLAN, TASK])

    found = await store.unit(lambda tx: (put(with_number("1"), "p1")(tx), tx.identified("CarePlan", MRN, "1")))

    assert found[1] == "p1"
