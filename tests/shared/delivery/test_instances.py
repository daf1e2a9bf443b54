"""Several processes of one service on one PostgreSQL: one relays, all take, and each effect happens once.

The database comes first in each test, so that it goes last.
"""

from __future__ import annotations

from functools import partial

import pytest

from shared.store.store import Store
from tests.conftest import DATABASES
from tests.shared.delivery.conftest import Land
from tests.shared.delivery.towns import Town, a_patient, eventually, has_tasks, keep_a_task, north, running, south
from tests.shared.delivery.wire import Wire

pytestmark = pytest.mark.skipif("postgresql" not in DATABASES, reason="no PostgreSQL server binaries")


async def test_one_of_them_relays(postgres_url: str, land: Land, wire: Wire) -> None:
    towns = [land.found(north(), url=postgres_url) for _ in range(2)]
    await running(*towns)

    for number in range(40):
        await towns[number % 2].save(a_patient(f"p{number}"))

    await eventually(partial(all_published, towns[0].store))
    assert len(await wire.patients()) == 40
    assert sorted(town.deliveries[0].relay.relays for town in towns) == [False, True]


async def test_another_one_relays_when_the_first_is_gone(postgres_url: str, land: Land, wire: Wire) -> None:
    first, second = (land.found(north(), url=postgres_url) for _ in range(2))
    await running(first)
    second.start()
    await first.stop()

    await second.save(a_patient("river"))

    await eventually(partial(all_published, second.store))
    assert len(await wire.patients()) == 1


async def test_each_event_has_its_effect_once(postgres_url: str, land: Land, here: Town) -> None:
    souths = [land.found(south({"Patient": keep_a_task}), url=postgres_url) for _ in range(2)]
    await running(*souths)

    await here.save(*(a_patient(f"p{number}") for number in range(200)))

    await eventually(partial(has_tasks, souths[0], 200))
    assert len(set(await souths[0].tasks())) == len(await souths[0].tasks()) == 200


async def all_published(store: Store) -> bool:
    found = await store.view(lambda view: view.connection.row("SELECT count(*) FROM outbox WHERE sent_sequence IS NULL"))
    return found == (0,)
