"""Alias: who lives on as another is found under the survivor's id at once, and under its own again after an unmerge."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from shared.fhir import text
from shared.fhir.refusal import Conflict
from shared.store import aliases
from shared.store.store import Store
from shared.store.version import Version
from tests.conftest import OpenStore
from tests.contracts.plans import PLAN, a_plan, put


async def found_by(store: Store, target: str) -> list[str]:
    """The ids of what names the target, as the search index has it."""
    sql = "SELECT DISTINCT r.id FROM reference_index i JOIN resource r ON r.rid = i.rid WHERE i.target = ? ORDER BY r.id"
    return [row[0] for row in await store.view(lambda view: view.connection.rows(sql, (target,)))]


def of(patient: str, title: str = "Recovery") -> dict[str, object]:
    return a_plan(subject={"reference": f"Patient/{patient}"}, title=title)


async def test_after_a_merge_everything_is_found_by_the_survivor(open_store: OpenStore) -> None:
    store = open_store(owns=[PLAN])
    await store.unit(put(of("twin"), "p1"))
    await store.unit(put(of("river"), "p2"))

    await store.unit(lambda tx: tx.alias("Patient", "twin", "river", "event-1"))

    assert await found_by(store, "Patient/river") == ["p1", "p2"]
    assert await found_by(store, "Patient/twin") == []
    assert await store.view(lambda view: aliases.survivor(view.connection, "Patient", "twin")) == "river"


async def test_what_is_written_after_a_merge_is_found_by_the_survivor_too(open_store: OpenStore) -> None:
    store = open_store(owns=[PLAN])
    await store.unit(put(of("twin"), "p1"))
    await store.unit(lambda tx: tx.alias("Patient", "twin", "river", "event-1"))

    await store.unit(put(of("twin"), "p3"))
    await store.unit(put(of("twin", title="Changed"), "p1"))
    assert await found_by(store, "Patient/river") == ["p1", "p3"]

    await store.unit(put(of("someone"), "p1"))
    assert await found_by(store, "Patient/river") == ["p3"]


async def test_an_unmerge_gives_back_what_named_the_old_id_and_only_that(open_store: OpenStore) -> None:
    store = open_store(owns=[PLAN])
    await store.unit(put(of("twin"), "p1"))
    await store.unit(put(of("river"), "p2"))
    await store.unit(lambda tx: tx.alias("Patient", "twin", "river", "event-1"))
    await store.unit(put(of("twin"), "p3"))

    await store.unit(lambda tx: tx.unalias("Patient", "twin"))

    assert await found_by(store, "Patient/twin") == ["p1", "p3"]
    assert await found_by(store, "Patient/river") == ["p2"]


async def test_a_chain_of_merges_ends_at_the_last_survivor_and_is_undone_link_by_link(open_store: OpenStore) -> None:
    store = open_store(owns=[PLAN])
    await store.unit(put(of("a"), "pa"))
    await store.unit(put(of("b"), "pb"))
    await store.unit(lambda tx: tx.alias("Patient", "a", "b", "event-1"))
    await store.unit(lambda tx: tx.alias("Patient", "b", "c", "event-2"))
    await store.unit(put(of("a"), "pn"))
    assert await found_by(store, "Patient/c") == ["pa", "pb", "pn"]

    await store.unit(lambda tx: tx.unalias("Patient", "b"))

    assert await found_by(store, "Patient/c") == []
    assert await found_by(store, "Patient/b") == ["pa", "pb", "pn"]


async def test_a_merge_in_a_circle_is_refused(open_store: OpenStore) -> None:
    store = open_store(owns=[PLAN])
    await store.unit(lambda tx: tx.alias("Patient", "a", "b", "event-1"))

    with pytest.raises(Conflict):
        await store.unit(lambda tx: tx.alias("Patient", "b", "a", "event-2"))
    with pytest.raises(Conflict):
        await store.unit(lambda tx: tx.alias("Patient", "a", "c", "event-3"))
    await store.unit(lambda tx: tx.alias("Patient", "a", "b", "event-4"))


async def test_a_merge_of_more_rows_than_a_batch_moves_them_all(open_store: OpenStore) -> None:
    store = open_store(owns=[PLAN])
    for start in range(0, 600, 60):
        await store.unit(lambda tx, start=start: [put(of("twin"), f"p{n}")(tx) for n in range(start, start + 60)])

    await store.unit(lambda tx: tx.alias("Patient", "twin", "river", "event-1"))

    assert len(await found_by(store, "Patient/river")) == 600
    assert await found_by(store, "Patient/twin") == []


async def test_a_search_for_any_link_of_a_chain_finds_what_names_any(open_store: OpenStore) -> None:
    store = open_store(owns=[PLAN])
    await store.unit(put(of("a"), "pa"))
    await store.unit(put(of("c"), "pc"))
    await store.unit(lambda tx: tx.alias("Patient", "a", "b", "event-1"))
    await store.unit(lambda tx: tx.alias("Patient", "b", "c", "event-2"))

    for patient in "abc":
        found = await store.view(lambda view, patient=patient: view.search(f"CarePlan?patient={patient}"))
        assert sorted(plan["id"] for plan in found) == ["pa", "pc"], patient


def a_patient(id: str, into: str = "", number: int = 1) -> Version:
    link = [{"other": {"reference": f"Patient/{into}"}, "type": "replaced-by"}] if into else []
    content = {"resourceType": "Patient", "id": id} | ({"link": link} if link else {})
    return Version("Patient", id, number, datetime(2026, 5, 11, number, tzinfo=UTC), text.dump(content))


async def plans_of(store: Store, patient: str) -> list[str]:
    """Patients' own links aside."""
    return [id for id in await found_by(store, f"Patient/{patient}") if id.startswith("p")]


LINKS = [
    a_patient("a", "b"),
    a_patient("b", "c"),
    a_patient("c"),
    a_patient("d", "b"),
    a_patient("b", "", 2),
    a_patient("c", "a", 2),
]


@pytest.mark.parametrize("order", [LINKS, LINKS[::-1], LINKS[3:] + LINKS[:3]])
async def test_followed_patients_tell_who_lives_on_as_whom_in_any_order(open_store: OpenStore, order: list[Version]) -> None:
    store = open_store(owns=[PLAN], follows=["Patient"])
    for patient in "abcd":
        await store.unit(put(of(patient), f"p{patient}"))

    for version in order:
        await store.unit(lambda tx, version=version: tx.copy(version))

    assert await plans_of(store, "b") == ["pa", "pb", "pc", "pd"]
    assert await plans_of(store, "a") == await plans_of(store, "c") == []


async def test_a_circle_that_others_have_drawn_ends_somewhere_and_is_left_again(open_store: OpenStore) -> None:
    store = open_store(owns=[PLAN], follows=["Patient"])
    for patient in "abc":
        await store.unit(put(of(patient), f"p{patient}"))

    for version in (a_patient("c", "a"), a_patient("b", "c"), a_patient("a", "b")):
        await store.unit(lambda tx, version=version: tx.copy(version))
    for patient in "abc":
        found = await store.view(lambda view, patient=patient: view.search(f"CarePlan?patient={patient}"))
        assert sorted(plan["id"] for plan in found) == ["pa", "pb", "pc"]

    await store.unit(lambda tx: tx.copy(a_patient("b", "", 2)))
    assert await plans_of(store, "b") == ["pa", "pb", "pc"]


async def test_a_merged_patient_that_is_deleted_stays_merged(open_store: OpenStore) -> None:
    store = open_store(owns=[PLAN], follows=["Patient"])
    await store.unit(put(of("a"), "pa"))
    await store.unit(lambda tx: tx.copy(a_patient("a", "b")))

    gone = Version("Patient", "a", 2, datetime(2026, 5, 12, tzinfo=UTC), b"", deleted=True)
    await store.unit(lambda tx: tx.copy(gone))

    assert await plans_of(store, "b") == ["pa"]
