"""Copies of what other services own: the newest version wins, and only it is kept."""

from __future__ import annotations

from datetime import UTC, datetime

from shared.store.version import Version
from tests.conftest import OpenStore
from tests.contracts.plans import PLAN

THEN = datetime(2026, 11, 23, 9, tzinfo=UTC)


def river(number: int, name: str = "River", *, deleted: bool = False) -> Version:
    text = b"" if deleted else b'{"resourceType":"Patient","id":"river","name":[{"family":"%b"}]}' % name.encode()
    return Version("Patient", "river", number, THEN, text, deleted)


async def test_an_older_version_never_overwrites_a_newer(open_store: OpenStore) -> None:
    store = open_store(owns=[PLAN], follows=["Patient"])

    kept = [await store.unit(lambda tx, n=n: tx.copy(river(n, f"Name {n}"))) for n in (2, 3, 1, 3)]

    assert kept == [True, True, False, False]
    current = await store.view(lambda view: view.current("Patient", "river"))
    assert (current.number, current.updated) == (3, THEN)
    assert b"Name 3" in current.text


async def test_only_the_newest_version_is_kept_and_nobody_is_told(open_store: OpenStore) -> None:
    store = open_store(owns=[PLAN], follows=["Patient"])
    for number in (1, 2, 5):
        await store.unit(lambda tx, number=number: tx.copy(river(number)))

    assert [version.number for version in await store.view(lambda view: view.history("Patient", "river"))] == [5]
    assert await store.view(lambda view: view.connection.rows("SELECT * FROM outbox")) == []


async def test_a_deletion_is_a_version_too(open_store: OpenStore) -> None:
    store = open_store(owns=[PLAN], follows=["Patient"])
    await store.unit(lambda tx: tx.copy(river(1)))

    await store.unit(lambda tx: tx.copy(river(2, deleted=True)))
    late = await store.unit(lambda tx: tx.copy(river(1)))

    assert late is False
    assert await store.view(lambda view: view.read("Patient", "river")) is None
    assert await store.view(lambda view: view.connection.rows("SELECT * FROM string_index")) == []


async def test_a_copy_that_differs_at_the_same_version_is_put_right(open_store: OpenStore) -> None:
    store = open_store(owns=[PLAN], follows=["Patient"])
    await store.unit(lambda tx: tx.copy(river(1, "Rivver")))

    assert await store.unit(lambda tx: tx.copy(river(1, "River")))

    assert b'"River"' in (await store.view(lambda view: view.current("Patient", "river"))).text
