"""Relay, inbox and copies between two services on a real broker."""

from __future__ import annotations

from tests.broker import Broker
from tests.shared.delivery.conftest import Found
from tests.shared.delivery.towns import a_patient, eventually, has_tasks, keep_a_task, knows, north, settled, south


async def test_a_change_in_one_service_is_read_in_another(broker: Broker, found: Found) -> None:
    here, there = found(north(), broker), found(south(), broker)
    here.start()
    there.start()
    await eventually(settled(there))

    await here.save(a_patient("river", birthDate="1990-01-01"))

    await eventually(lambda: knows(there, "river"))
    copy, original = await there.read("Patient", "river"), await here.read("Patient", "river")
    assert copy == original


async def test_a_reaction_runs_once_for_each_event(broker: Broker, found: Found) -> None:
    here, there = found(north(), broker), found(south({"Patient": keep_a_task}), broker)
    here.start()
    there.start()
    await eventually(settled(there))

    await here.save(a_patient("river"))
    await here.save(a_patient("river", gender="other"))
    await here.save(a_patient("river", gender="other", deceasedBoolean=True))
    await here.delete("Patient", "river")

    await eventually(lambda: has_tasks(there, 4))
    assert await there.tasks() == [
        "created Patient/river 1",
        "updated Patient/river 2",
        "died Patient/river 3",
        "deleted Patient/river 4",
    ]
    assert await there.read("Patient", "river") is None
