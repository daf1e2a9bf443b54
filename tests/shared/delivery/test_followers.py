"""Copies are loaded from their owner, kept up by the stream, and compared."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest

from shared.store.transaction import Transaction
from shared.store.version import Version
from tests.shared.delivery.conftest import Land
from tests.shared.delivery.towns import (
    Town,
    a_patient,
    eventually,
    has,
    has_tasks,
    keep_a_task,
    knows,
    put,
    running,
    settled,
    south,
)
from tests.shared.delivery.wire import Wire


async def test_what_existed_before_is_loaded_deletions_too_and_not_reacted_to(land: Land, here: Town) -> None:
    await here.save(*(a_patient(f"p{number}") for number in range(30)))
    await here.save(*(a_patient(f"p{number}", gender="other") for number in range(30)))
    await here.delete("Patient", "p0")

    there = await running(land.found(south({"Patient": keep_a_task})))

    assert await there.count("resource", "type = 'Patient'") == 30
    assert await there.read("Patient", "p1") == await here.read("Patient", "p1")
    deleted = await there.store.view(lambda view: view.current("Patient", "p0"))
    assert deleted is not None
    assert (deleted.deleted, deleted.number) == (True, 3)
    assert await there.tasks() == []


async def test_copies_are_equal_in_every_digit(land: Land, here: Town, wire: Wire) -> None:
    exact = b'{"resourceType":"Patient","id":"river","extension":[{"url":"http://x","valueDecimal":105.00}]}'
    await here.store.unit(lambda tx: put(tx, exact))

    there = await running(land.found(south()))

    copy = await there.store.view(lambda view: view.current("Patient", "river"))
    assert copy is not None
    assert b"105.00" in copy.text


async def test_an_absent_owner_is_tried_again_and_what_happens_meanwhile_is_reacted_to_afterwards(land: Land, here: Town) -> None:
    await here.save(a_patient("before"))
    land.roads.open = False
    there = land.found(south({"Patient": keep_a_task}))
    there.start()
    await eventually(partial(has, there, "following", 1, "state = 'loading'"))

    await here.save(a_patient("meanwhile"))
    await eventually(partial(knows, there, "meanwhile"))
    assert await there.tasks() == []
    land.roads.open = True

    await eventually(partial(has_tasks, there, 1))
    assert await there.tasks() == ["created Patient/meanwhile 1"]
    assert await settled(there)
    assert await knows(there, "before")


async def test_following_goes_on_where_it_was_after_a_restart(land: Land, here: Town, there: Town) -> None:
    await here.save(a_patient("before"))
    await eventually(partial(has_tasks, there, 1))
    await there.stop()
    land.roads.open = False

    there.start()
    await here.save(a_patient("after"))

    await eventually(partial(has_tasks, there, 2))
    assert there.deliveries[0].health()["following"] in ({}, {"Patient": "live"})


async def test_copies_that_were_lost_are_brought_back_by_loading_again(here: Town, there: Town) -> None:
    await here.save(a_patient("river"))
    await eventually(partial(knows, there, "river"))
    await lose(there, "river")

    read = await there.deliveries[0].followers.resync()

    assert read == {"Patient": 1}
    assert await knows(there, "river")
    assert await there.tasks() == ["created Patient/river 1"]


async def test_reconciling_repairs_what_differs_and_reports_it(here: Town, there: Town) -> None:
    await here.save(*(a_patient(id) for id in ("right", "lost", "old", "gone")))
    await eventually(partial(knows, there, "right", "lost", "old", "gone"))
    await there.stop()
    await here.save(a_patient("old", gender="other"))
    await here.delete("Patient", "gone")
    await lose(there, "lost")
    await there.store.unit(lambda tx: tx.copy(Version("Patient", "stranger", 1, tx.now, b'{"resourceType":"Patient"}')))

    report = await there.delivery().followers.reconcile()

    assert report == {"Patient": {"compared": 5, "repaired": 3, "set_back": (), "unknown": ("stranger",)}}
    assert await there.read("Patient", "old") == await here.read("Patient", "old")
    assert await there.read("Patient", "gone") is None
    assert await knows(there, "right", "lost", "stranger")


async def test_reconciling_repairs_a_copy_of_an_owner_that_was_set_back(here: Town, there: Town) -> None:
    await here.save(a_patient("river", gender="other"))
    await eventually(partial(knows, there, "river"))
    other = b'{"resourceType":"Patient","id":"river","meta":{"versionId":"1"},"gender":"unknown"}'
    await there.store.unit(lambda tx: tx.copy(Version("Patient", "river", 1, tx.now - timedelta(days=1), other)))

    report = await there.deliveries[0].followers.reconcile()

    assert report == {"Patient": {"compared": 1, "repaired": 1, "set_back": (), "unknown": ()}}
    assert await there.read("Patient", "river") == await here.read("Patient", "river")


async def test_reconciling_sets_a_copy_back_that_is_newer_than_its_owner(here: Town, there: Town) -> None:
    await here.save(a_patient("river"), a_patient("lake"), a_patient("right"))
    await eventually(partial(knows, there, "river", "lake", "right"))
    lost = b'{"resourceType":"Patient","id":"river","meta":{"versionId":"7"},"gender":"unknown"}'
    await there.store.unit(lambda tx: tx.copy(Version("Patient", "river", 7, tx.now, lost)))
    await there.store.unit(lambda tx: tx.copy(Version("Patient", "lake", 5, tx.now, b"", deleted=True)))

    report = await there.delivery().followers.reconcile()
    again = await there.delivery().followers.reconcile()

    assert report == {"Patient": {"compared": 3, "repaired": 2, "set_back": ("lake", "river"), "unknown": ()}}
    assert again == {"Patient": {"compared": 3, "repaired": 0, "set_back": (), "unknown": ()}}
    for id in ("river", "lake"):
        assert await there.read("Patient", id) == await here.read("Patient", id)


async def test_what_an_owner_that_was_set_back_writes_then_is_heard_again_after_reconciling(here: Town, there: Town) -> None:
    await here.save(a_patient("river"))
    await eventually(partial(knows, there, "river"))
    lost = b'{"resourceType":"Patient","id":"river","meta":{"versionId":"7"},"gender":"unknown"}'
    await there.store.unit(lambda tx: tx.copy(Version("Patient", "river", 7, tx.now, lost)))
    await there.delivery().followers.reconcile()

    await here.save(a_patient("river", gender="female"))

    async def heard() -> bool:
        copy = await there.read("Patient", "river")
        return copy is not None and copy.get("gender") == "female"

    await eventually(heard)


async def test_a_type_that_nobody_owns_cannot_be_read(there: Town) -> None:
    with pytest.raises(ValueError, match="nobody owns Basket"):
        there.deliveries[0].owners.base("Basket")


async def lose(town: Town, id: str) -> None:
    def forget(tx: Transaction) -> None:
        (rid,) = tx.connection.row("SELECT rid FROM resource WHERE id = ?", (id,)) or (0,)
        tx.connection.execute("DELETE FROM version WHERE rid = ?", (rid,))
        tx.connection.execute("DELETE FROM resource WHERE rid = ?", (rid,))

    await town.store.unit(forget)
