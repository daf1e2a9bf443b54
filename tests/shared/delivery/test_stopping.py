"""Starting and stopping need no broker."""

from __future__ import annotations

import asyncio
from functools import partial

from tests.shared.delivery.conftest import Land
from tests.shared.delivery.towns import a_patient, eventually, has_tasks, keep_a_task, knows, north, running, south


async def test_a_service_that_never_met_its_broker_stops_at_once(stormy_land: Land) -> None:
    stormy_land.broker.kill()
    here = stormy_land.found(north())
    here.start()
    await here.save(a_patient("river"))
    await asyncio.sleep(0.3)

    async with asyncio.timeout(2):
        await here.stop()


async def test_a_service_whose_broker_died_stops_at_once(stormy_land: Land) -> None:
    here = await running(stormy_land.found(north()))
    stormy_land.broker.kill()
    await here.save(a_patient("river"))
    await asyncio.sleep(0.3)

    async with asyncio.timeout(5):
        await here.stop()


async def test_what_arrived_and_was_not_begun_is_taken_at_once_after_a_restart(land: Land) -> None:
    here, there = land.found(north()), land.found(south({"Patient": keep_a_task}))
    await running(here, there)
    await here.save(*(a_patient(f"p{number}") for number in range(300)))
    await eventually(partial(knows, there, "p0"))

    await there.stop()
    there.start()

    await eventually(partial(has_tasks, there, 300), seconds=4)
    assert len(set(await there.tasks())) == len(await there.tasks()) == 300
