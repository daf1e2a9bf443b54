"""Creating, changing, deleting and reading what a service owns."""

from __future__ import annotations

import dataclasses
from typing import Any

import orjson
import pytest

from shared.fhir.caller import Caller
from shared.fhir.change import Change
from shared.fhir.refusal import Malformed, MethodNotAllowed, Unprocessable
from shared.kernel.trace import Cause
from shared.store.transaction import Transaction
from shared.store.view import View
from tests.conftest import OpenStore
from tests.contracts.plans import PLAN, TASK, a_plan, drafted, post, put


def names(view: View) -> list[str]:
    return [row[0] for row in view.connection.rows("SELECT name FROM outbox ORDER BY sequence")]


async def test_what_was_written_is_read_back_in_its_own_characters(open_store: OpenStore) -> None:
    store = open_store(owns=[PLAN])
    plan = drafted(a_plan(extension=[{"url": "urn:weight", "valueDecimal": 105}]))
    plan.text = plan.text.replace(b"105", b"105.00")

    written = await store.unit(lambda tx: tx.write(plan, "p1"))

    stored = await store.view(lambda view: view.current("CarePlan", "p1"))
    assert stored == written.version
    assert (written.effect, stored.number, stored.deleted) == ("created", 1, False)
    assert b'"valueDecimal":105.00' in stored.text
    assert orjson.loads(stored.text)["id"] == "p1"
    assert orjson.loads(stored.text)["meta"]["versionId"] == "1"


async def test_every_change_is_a_version_with_one_event_and_the_same_content_is_none(open_store: OpenStore) -> None:
    store = open_store(owns=[PLAN])
    await store.unit(put(a_plan(), "p1"))
    await store.unit(put(a_plan("active"), "p1"))

    again = await store.unit(put(a_plan("active"), "p1"))
    changed = await store.unit(put(a_plan("active", title="Walking"), "p1"))

    assert (again.effect, again.version.number) == ("unchanged", 2)
    assert (changed.effect, changed.version.number) == ("updated", 3)
    assert await store.view(names) == ["created", "activated", "updated"]
    first = await store.view(lambda view: view.version("CarePlan", "p1", 1))
    assert orjson.loads(first.text)["status"] == "draft"


async def test_a_deleted_resource_keeps_its_history_and_goes_on_counting_when_it_returns(open_store: OpenStore) -> None:
    store = open_store(owns=[PLAN])
    await store.unit(put(a_plan(), "p1"))

    deleted = await store.unit(lambda tx: tx.delete("CarePlan", "p1"))
    again = await store.unit(lambda tx: tx.delete("CarePlan", "p1"))
    never = await store.unit(lambda tx: tx.delete("CarePlan", "nobody"))
    gone = await store.view(lambda view: (view.current("CarePlan", "p1"), view.read("CarePlan", "p1")))
    back = await store.unit(put(a_plan(), "p1"))

    assert (deleted.effect, deleted.version.number, again.effect, never) == ("deleted", 2, "unchanged", None)
    assert gone[0].deleted
    assert gone[1] is None
    assert (back.effect, back.version.number) == ("created", 3)
    history = await store.view(lambda view: view.history("CarePlan", "p1"))
    assert [(version.number, version.deleted) for version in history] == [(3, False), (2, True), (1, False)]
    assert await store.view(names) == ["created", "deleted", "created"]


async def test_a_rule_that_does_not_hold_refuses_and_a_warning_does_not(open_store: OpenStore) -> None:
    store = open_store(owns=[PLAN])
    await store.unit(put(a_plan(), "p1"))

    with pytest.raises(Unprocessable, match="before it is active"):
        await store.unit(put(a_plan("completed"), "p1"))

    def untitled(tx: Transaction) -> list[str]:
        tx.write(drafted(a_plan(title="")), "p2")
        return [issue.message for issue in tx.warnings]

    assert await store.unit(untitled) == ["a plan should have a title"]
    assert await store.view(names) == ["created", "created"]


async def test_what_others_own_is_not_written_here(open_store: OpenStore) -> None:
    store = open_store("careplan", owns=[PLAN], follows=["Patient"])

    with pytest.raises(MethodNotAllowed, match="careplan"):
        await store.unit(put({"resourceType": "Patient"}, "river"))
    with pytest.raises(MethodNotAllowed):
        await store.unit(lambda tx: tx.delete("Patient", "river"))


async def test_a_version_says_who_caused_it(open_store: OpenStore) -> None:
    store = open_store(owns=[PLAN])

    await store.unit(put(a_plan(), "p1"), caller=Caller("nurse-1", "user"), cause=Cause.start("request-7"))

    found = await store.view(lambda view: view.connection.row("SELECT caller, cause FROM version"))
    assert found == ("nurse-1", "request-7")


async def test_a_unit_reads_what_it_has_written(open_store: OpenStore) -> None:
    store = open_store(owns=[PLAN, TASK])

    def twice(tx: Transaction) -> list[object]:
        id = tx.new_id()
        before = tx.read("CarePlan", id)
        tx.write(drafted(a_plan()), id)
        tx.write(drafted(a_plan("active")), id)
        current = tx.current("CarePlan", id)
        return [before, current.number if current else None, (tx.read("CarePlan", id) or {})["status"]]

    assert await store.unit(twice) == [None, 2, "active"]


async def test_history_is_paged_by_the_order_of_commits(open_store: OpenStore) -> None:
    store = open_store(owns=[PLAN, TASK])
    for number in range(5):
        await store.unit(put(a_plan(title=f"Plan {number}"), f"p{number}"))
    await store.unit(put({"resourceType": "Task", "status": "draft", "intent": "order"}, "t1"))
    await store.unit(lambda tx: tx.delete("CarePlan", "p0"))

    first = await store.view(lambda view: view.history("CarePlan", count=4))
    second = await store.view(lambda view: view.history("CarePlan", count=4, before_sequence=first[-1].sequence))

    assert [version.id for version in first] == ["p0", "p4", "p3", "p2"]
    assert [(version.id, version.deleted) for version in second] == [("p1", False), ("p0", False)]
    assert len(await store.view(lambda view: view.history())) == 7
    assert {version.type for version in await store.view(lambda view: view.history(types=["Task"]))} == {"Task"}
    assert await store.view(lambda view: view.history("CarePlan", "nobody")) == []


async def test_ids_made_here_are_new_and_sort_by_time(open_store: OpenStore) -> None:
    store = open_store(owns=[PLAN])

    made = [(await store.unit(post(a_plan()))).version.id for _ in range(20)]

    assert made == sorted(set(made))


async def test_what_the_domain_writes_goes_through_gate_and_rules_too(open_store: OpenStore) -> None:
    store = open_store(owns=[PLAN])

    made = await store.unit(lambda tx: tx.create(a_plan()))
    saved = await store.unit(lambda tx: tx.save(made | {"status": "active"}))

    assert (made["meta"]["versionId"], saved["meta"]["versionId"]) == ("1", "2")
    with pytest.raises(Malformed):
        await store.unit(lambda tx: tx.save(saved | {"colour": "green"}))
    with pytest.raises(Unprocessable, match="before it is active"):
        await store.unit(lambda tx: tx.create(a_plan("completed")))
    assert len(await store.view(lambda view: view.history())) == 2


async def test_what_happens_with_a_change_happens_in_its_unit(open_store: OpenStore) -> None:
    def count_open_plans(change: Change[Any], tx: Transaction) -> None:
        tx.count("plans", -1 if change.deleted else int(change.before is None))

    store = open_store(owns=[dataclasses.replace(PLAN, then=count_open_plans)])

    await store.unit(put(a_plan(), "p1"))
    await store.unit(put(a_plan("active"), "p1"))
    await store.unit(put(a_plan(), "p2"))
    await store.unit(lambda tx: tx.delete("CarePlan", "p1"))
    with pytest.raises(Unprocessable):
        await store.unit(put(a_plan("completed"), "p3"))

    assert await store.unit(lambda tx: tx.count("plans", 0)) == 1


async def test_a_search_finds_what_the_same_unit_wrote(open_store: OpenStore) -> None:
    store = open_store(owns=[PLAN])

    def write_and_search(tx: Transaction) -> list[str]:
        tx.write(drafted(a_plan()), "p1")
        tx.write(drafted(a_plan(subject={"reference": "Patient/other"})), "p2")
        return [plan["id"] for plan in tx.search("CarePlan?patient=river&status=draft")]

    assert await store.unit(write_and_search) == ["p1"]
    assert [plan["id"] for plan in await store.view(lambda view: view.search("CarePlan?patient=other"))] == ["p2"]
    with pytest.raises(Malformed):
        await store.view(lambda view: view.search("CarePlan?patiennt=other"))
