"""A resource is handed to its owner, who takes it or says why not."""

from __future__ import annotations

from functools import partial
from typing import Any

from shared.delivery.admin import take_up
from shared.delivery.handover import KIND
from shared.store.transaction import Transaction
from shared.store.version import Record
from tests.shared.delivery.conftest import Land
from tests.shared.delivery.towns import Resource, Town, a_task, eventually, has, north, running, south
from tests.shared.delivery.wire import Wire, told


async def two_towns(land: Land) -> tuple[Town, Town]:
    asking, owner = land.found(north(takes_foreign_bundles=True)), land.found(south())
    await running(asking, owner)
    return asking, owner


async def hand_over(town: Town, *resources: Resource) -> None:
    """As intake does it: the record and the proposals in one unit of work."""

    def propose(tx: Transaction) -> None:
        entries = [_entry(index, resource) for index, resource in enumerate(resources)]
        tx.record(KIND, "h1", "pending", {}, {"entries": entries})
        for resource in resources:
            tx.propose(resource, handover="h1")

    await town.store.unit(propose)


def _entry(index: int, resource: Resource) -> dict[str, Any]:
    type, id = resource["resourceType"], resource["id"]
    return {"index": index, "type": type, "id": id, "owner": "south", "status": "pending", "outcome": None}


async def record(town: Town) -> Record:
    found = await town.store.unit(lambda tx: tx.recorded(KIND, "h1"))
    assert found is not None
    return found


async def ended(town: Town) -> bool:
    return (await record(town)).state != "pending"


async def test_what_is_accepted_stands_at_its_owner_under_the_id_it_was_given(land: Land) -> None:
    asking, owner = await two_towns(land)

    await hand_over(asking, a_task("t1", description="call"), a_task("t2", description="visit"))

    await eventually(partial(ended, asking))
    told = await record(asking)
    assert told.state == "done"
    assert [entry["status"] for entry in told.body["entries"]] == ["accepted", "accepted"]
    assert told.body["entries"][0]["outcome"]["resourceType"] == "OperationOutcome"
    task = await owner.read("Task", "t1")
    assert task is not None
    assert (task["description"], task["meta"]["versionId"]) == ("call", "1")


async def test_what_is_rejected_is_a_dead_letter_and_can_be_handed_over_again(land: Land) -> None:
    asking, owner = await two_towns(land)

    await hand_over(asking, a_task("t1", description="forbidden"), a_task("t2", description="fine"))

    await eventually(partial(ended, asking))
    told = await record(asking)
    assert told.state == "failed"
    assert [entry["status"] for entry in told.body["entries"]] == ["rejected", "accepted"]
    issue = told.body["entries"][0]["outcome"]["issue"][0]
    assert (issue["diagnostics"], issue["expression"]) == ("a forbidden task cannot be kept", ["Task.description"])
    assert await asking.count("dead_letter", "origin = 'handover' AND about = 'Task/t1'") == 1
    assert await owner.read("Task", "t1") is None

    (letter,) = (await asking.store.view(lambda view: view.connection.row("SELECT id FROM dead_letter"))) or ("",)
    await asking.store.unit(lambda tx: take_up(tx, letter))
    assert (await record(asking)).state == "pending"
    await eventually(partial(has, asking, "dead_letter", 1, "retried IS NULL"))
    assert (await record(asking)).state == "failed"


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
    assert (await record(asking)).state == "done"
    assert await asking.count("parked", "id = 't1'") == 1


async def test_a_rejection_without_a_handover_is_a_dead_letter_too(land: Land) -> None:
    asking = land.found(north())
    await running(asking, land.found(south()))

    await asking.store.unit(lambda tx: tx.propose(a_task("t1", description="forbidden")))

    await eventually(partial(has, asking, "dead_letter", 1, "origin = 'handover'"))
