"""Stored JSON follows a merge and an unmerge, in versions of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from shared.fhir.change import Change
from shared.fhir.issue import Issue, Resource
from shared.fhir.refusal import Unprocessable
from shared.store import timers
from shared.store.repointing import JOBS
from shared.store.store import Store
from shared.store.transaction import Transaction
from shared.store.version import Timer
from tests.conftest import OpenStore
from tests.contracts.plans import PLAN, TASK, a_plan, put

TWIN, RIVER = {"reference": "Patient/twin"}, {"reference": "Patient/river"}


@pytest.fixture
def store(open_store: OpenStore) -> Store:
    return open_store(owns=[PLAN], follows=[TASK.name])


def merge(tx: Transaction) -> None:
    tx.alias("Patient", "twin", "river", "event-1")


def unmerge(tx: Transaction) -> None:
    tx.unalias("Patient", "twin")


async def done(store: Store, *units: Callable[[Transaction], Any]) -> None:
    """Each of them, and whatever timers it sets, until none is left."""
    for unit in units:
        await store.unit(unit)
        while due := await store.view(lambda view: timers.due(view.connection, view.now)):
            for timer in due:
                await store.unit(partial(fire, timer))


def fire(timer: Timer, tx: Transaction) -> None:
    if timers.fired(tx.connection, timer):
        JOBS[timer.name](timer, tx)


async def plan(store: Store, id: str) -> Resource:
    found = await store.view(lambda view: view.read("CarePlan", id))
    assert found is not None
    return found


async def number(store: Store, id: str) -> str:
    return str((await plan(store, id))["meta"]["versionId"])


async def test_what_names_the_old_id_names_the_survivor_in_a_version_that_is_told(store: Store) -> None:
    await done(store, put(a_plan(subject=TWIN, extension=[{"url": "x", "valueReference": TWIN}]), "p1"))
    await done(store, put(a_plan(subject={"reference": "Patient/twin2"}), "p2"))

    await done(store, merge)

    merged = await plan(store, "p1")
    assert (merged["subject"], merged["extension"][0]["valueReference"], merged["meta"]["versionId"]) == (RIVER, RIVER, "2")
    assert await number(store, "p2") == "1"
    told = await store.view(lambda view: view.connection.rows("SELECT id, number FROM outbox ORDER BY sequence"))
    assert told == [("p1", 1), ("p2", 1), ("p1", 2)]


async def test_what_the_merged_say_of_each_other_stays(store: Store) -> None:
    survivor = a_plan(replaces=[{"reference": "CarePlan/old"}], subject=RIVER)
    await done(store, put(survivor, "new"), put(a_plan(basedOn=[{"reference": "CarePlan/old"}]), "p1"))

    await done(store, lambda tx: tx.alias("CarePlan", "old", "new", "event-1"))

    assert (await plan(store, "new"))["replaces"] == [{"reference": "CarePlan/old"}]
    assert (await plan(store, "p1"))["basedOn"] == [{"reference": "CarePlan/new"}]


async def test_what_is_nobody_elses_business_tells_what_was(open_store: OpenStore) -> None:
    store = open_store(owns=[replace(PLAN, told=False)])

    await done(store, put(a_plan(subject=TWIN), "p1"), merge)

    assert (await plan(store, "p1"))["subject"] == TWIN


async def test_more_than_a_batch_is_followed_by_another(store: Store) -> None:
    for start in range(0, 600, 60):
        await store.unit(lambda tx, start=start: [put(a_plan(subject=TWIN), f"p{n}")(tx) for n in range(start, start + 60)])

    await done(store, merge)
    found = await store.view(lambda view: view.connection.rows("SELECT number FROM resource"))
    assert found == [(2,)] * 600

    await done(store, unmerge)
    assert (await plan(store, "p599"))["subject"] == TWIN


async def test_an_unmerge_gives_back_what_stood_there(store: Store) -> None:
    await done(store, put(a_plan(subject=TWIN, title="Ward 1.50"), "p1"), put(a_plan(subject=RIVER), "p2"), merge)

    await done(store, unmerge)

    assert (await plan(store, "p1"))["subject"] == TWIN
    assert (await number(store, "p1"), await number(store, "p2")) == ("3", "1")
    found = await store.view(lambda view: view.search("CarePlan?patient=twin"))
    assert [each["id"] for each in found] == ["p1"]


async def test_what_was_changed_since_a_merge_keeps_its_change_in_the_unmerge(store: Store) -> None:
    await done(store, put(a_plan(subject=TWIN), "p1"), merge)
    await done(store, put(a_plan(subject=RIVER, title="Changed"), "p1"))

    await done(store, unmerge)

    parted = await plan(store, "p1")
    assert (parted["subject"], parted["title"]) == (TWIN, "Changed")


async def test_what_named_both_and_was_changed_since_is_left_to_a_person(store: Store) -> None:
    both = a_plan(subject=TWIN, author=RIVER)
    await done(store, put(both, "p1"), put(both, "p2"), merge)
    await done(store, put(a_plan(subject=RIVER, author=RIVER, title="Changed"), "p1"))

    await done(store, unmerge)

    assert (await plan(store, "p1"))["subject"] == RIVER
    assert (await plan(store, "p2"))["subject"] == TWIN
    letters = await store.view(lambda view: view.connection.rows("SELECT about, error FROM dead_letter"))
    assert len(letters) == 1
    assert letters[0][0] == "Patient/twin"
    assert "CarePlan/p1" in letters[0][1]


async def test_a_chain_of_merges_is_undone_link_by_link(store: Store) -> None:
    await done(store, put(a_plan(subject={"reference": "Patient/a"}), "p1"))
    await store.unit(lambda tx: tx.alias("Patient", "a", "b", "event-1"))
    await done(store, lambda tx: tx.alias("Patient", "b", "c", "event-2"))
    assert (await plan(store, "p1"))["subject"] == {"reference": "Patient/c"}

    await done(store, lambda tx: tx.unalias("Patient", "b"))
    assert (await plan(store, "p1"))["subject"] == {"reference": "Patient/b"}

    await done(store, lambda tx: tx.unalias("Patient", "a"))
    assert (await plan(store, "p1"))["subject"] == {"reference": "Patient/a"}


async def test_merged_again_before_the_unmerge_has_settled_the_references_go_where_the_latest_merge_says(store: Store) -> None:
    await done(store, put(a_plan(subject=TWIN), "p1"), merge)

    await store.unit(unmerge)
    await done(store, lambda tx: tx.alias("Patient", "twin", "double", "event-2"))

    assert (await plan(store, "p1"))["subject"] == {"reference": "Patient/double"}


async def test_a_chain_is_undone_from_its_beginning_too(store: Store) -> None:
    await done(
        store, put(a_plan(subject={"reference": "Patient/a"}), "p1"), put(a_plan(subject={"reference": "Patient/b"}), "p2")
    )
    await done(store, lambda tx: tx.alias("Patient", "a", "b", "event-1"), lambda tx: tx.alias("Patient", "b", "c", "event-2"))

    await done(store, lambda tx: tx.unalias("Patient", "a"))

    assert (await plan(store, "p1"))["subject"] == {"reference": "Patient/a"}
    assert (await plan(store, "p2"))["subject"] == {"reference": "Patient/c"}


async def test_no_rule_takes_a_merge_for_a_move(open_store: OpenStore) -> None:
    def a_plan_stays_with_its_patient(change: Change[Any]) -> Iterator[Issue]:
        if change.before and change.before["subject"] != change.after["subject"]:
            yield Issue("a plan cannot move to another patient", "CarePlan.subject")

    store = open_store(owns=[replace(PLAN, rules=(a_plan_stays_with_its_patient,))])
    await done(store, put(a_plan(subject=TWIN), "p1"), merge)
    assert (await plan(store, "p1"))["subject"] == RIVER

    await done(store, put(a_plan(subject=TWIN, title="By somebody who has not heard of it"), "p1"))
    with pytest.raises(Unprocessable, match="another patient"):
        await store.unit(put(a_plan(subject={"reference": "Patient/ash"}), "p1"))

    await done(store, unmerge)
    assert (await plan(store, "p1"))["subject"] == TWIN


async def test_what_was_given_to_the_survivor_by_way_of_somebody_else_stays_there(store: Store) -> None:
    await done(store, put(a_plan(subject=TWIN), "p1"), merge)
    await done(store, put(a_plan(subject={"reference": "Patient/ash"}), "p1"), put(a_plan(subject=RIVER), "p1"))

    await done(store, unmerge)

    assert (await plan(store, "p1"))["subject"] == RIVER


async def test_of_a_chain_that_is_undone_at_its_beginning_what_named_several_is_left_to_a_person(store: Store) -> None:
    several = a_plan(subject={"reference": "Patient/a"}, author={"reference": "Patient/c"})
    await done(store, put(several, "p1"))
    await done(store, lambda tx: tx.alias("Patient", "a", "b", "event-1"), lambda tx: tx.alias("Patient", "b", "c", "event-2"))

    await done(store, lambda tx: tx.unalias("Patient", "a"))

    letters = await store.view(lambda view: view.connection.rows("SELECT about FROM dead_letter"))
    assert letters == [("Patient/a",)]
