"""A resource is handed to its owner, who takes it or says why not."""

from __future__ import annotations

from functools import partial
from typing import Any

from shared.delivery.admin import take_up
from shared.store import handovers
from shared.store.transaction import Transaction
from tests.shared.delivery.conftest import Land
from tests.shared.delivery.towns import Resource, Town, a_task, eventually, has, north, running, south
from tests.shared.delivery.wire import Wire, told


async def two_towns(land: Land) -> tuple[Town, Town]:
    asking, owner = land.found(north(takes_foreign_bundles=True)), land.found(south())
    await running(asking, owner)
    return asking, owner


async def hand_over(town: Town, *resources: Resource) -> None:
    """As intake does it: notes and proposals in one unit of work."""

    def propose(tx: Transaction) -> None:
        for index, resource in enumerate(resources):
            entry = {"index": index, "type": resource["resourceType"], "id": resource["id"], "owner": "south"}
            handovers.hand_over(tx, "h1", entry)
            tx.propose(resource, handover="h1")

    await town.store.unit(propose)


async def handed(town: Town) -> dict[str, Any]:
    found = await town.store.view(lambda view: handovers.shown(view, "h1"))
    assert found is not None
    return found


async def ended(town: Town) -> bool:
    return bool((await handed(town))["status"] != "pending")


async def test_what_is_accepted_stands_at_its_owner_under_the_id_it_was_given(land: Land) -> None:
    asking, owner = await two_towns(land)

    await hand_over(asking, a_task("t1", description="call"), a_task("t2", description="visit"))

    await eventually(partial(ended, asking))
    told = await handed(asking)
    assert told["status"] == "done"
    assert [entry["status"] for entry in told["entries"]] == ["accepted", "accepted"]
    assert told["entries"][0]["outcome"]["resourceType"] == "OperationOutcome"
    task = await owner.read("Task", "t1")
    assert task is not None
    assert (task["description"], task["meta"]["versionId"]) == ("call", "1")


async def test_what_is_rejected_is_a_dead_letter_and_can_be_handed_over_again(land: Land) -> None:
    asking, owner = await two_towns(land)

    await hand_over(asking, a_task("t1", description="forbidden"), a_task("t2", description="fine"))

    await eventually(partial(ended, asking))
    told = await handed(asking)
    assert told["status"] == "failed"
    assert [entry["status"] for entry in told["entries"]] == ["rejected", "accepted"]
    issue = told["entries"][0]["outcome"]["issue"][0]
    assert (issue["diagnostics"], issue["expression"]) == ("a forbidden task cannot be kept", ["Task.description"])
    assert await asking.count("dead_letter", "origin = 'handover' AND about = 'Task/t1'") == 1
    assert await owner.read("Task", "t1") is None

    (letter,) = (await asking.store.view(lambda view: view.connection.row("SELECT id FROM dead_letter"))) or ("",)
    await asking.store.unit(lambda tx: take_up(tx, letter))
    assert (await handed(asking))["status"] == "pending"
    await eventually(partial(has, asking, "dead_letter", 1, "retried IS NULL"))
    assert (await handed(asking))["status"] == "failed"


async def test_a_proposal_that_is_delivered_twice_is_stored_once(land: Land) -> None:
    asking, owner = await two_towns(land)

    await hand_over(asking, a_task("t1", description="call"))
    await eventually(partial(ended, asking))
    await hand_over(asking, a_task("t1", description="call"))
    await eventually(partial(ended, asking))

    assert await owner.count("version", "type = 'Task'") == 1


async def test_an_answer_that_makes_no_sense_is_out_of_the_way(land: Land, wire: Wire) -> None:
    asking, _ = await two_towns(land)
    headers = [("care-for", "north"), ("care-proposal", "seven")]

    await wire.publish(told(a_task("t1"), 1, name="rejected", headers=headers))
    await hand_over(asking, a_task("t2", description="fine"))

    await eventually(partial(ended, asking))
    assert (await handed(asking))["status"] == "done"
    assert await asking.count("parked", "id = 't1'") == 1


async def test_a_rejection_without_a_handover_is_a_dead_letter_too(land: Land) -> None:
    asking = land.found(north())
    await running(asking, land.found(south()))

    await asking.store.unit(lambda tx: tx.propose(a_task("t1", description="forbidden")))

    await eventually(partial(has, asking, "dead_letter", 1, "origin = 'handover'"))


async def test_an_answer_costs_the_same_however_much_was_handed_over(land: Land) -> None:
    asking, _ = await two_towns(land)
    await asking.store.unit(lambda tx: hand_over_many(tx, 300))
    before = await asking.store.view(lambda view: view.connection.row("SELECT max(length(body)) FROM record"))

    await eventually(partial(ended, asking))

    after = await asking.store.view(lambda view: view.connection.row("SELECT max(length(body)) FROM record"))
    assert await asking.count("record") == 301
    assert [entry["index"] for entry in (await handed(asking))["entries"]] == list(range(300))
    assert before
    assert after
    assert after[0] < before[0] + 500


def hand_over_many(tx: Transaction, number: int) -> None:
    for index in range(number):
        handovers.hand_over(tx, "h1", {"index": index, "type": "Task", "id": f"t{index}", "owner": "south"})
        tx.propose(a_task(f"t{index}"), handover="h1")


async def test_what_is_too_large_to_be_handed_over_is_told_so(land: Land) -> None:
    asking, _ = await two_towns(land)

    await hand_over(asking, a_task("t1", description="x" * 9_000_000), a_task("t2"))

    await eventually(partial(ended, asking))
    assert [entry["status"] for entry in (await handed(asking))["entries"]] == ["rejected", "accepted"]
    assert await asking.count("dead_letter", "origin = 'outbox'") == 1
