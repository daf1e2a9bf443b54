"""The rows of delivery mean the same on both databases."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, TypedDict

import pytest

from shared.fhir.caller import Caller
from shared.fhir.text import draft_of
from shared.kernel.clock import system_now
from shared.service import Owned
from shared.store import dead_letters, following, inbox, leases, outbox
from shared.store.dead_letters import DeadLetter
from shared.store.following import Beginning, Following
from shared.store.inbox import Parked
from shared.store.store import Store
from shared.store.transaction import Transaction
from tests.conftest import OpenStore

SOURCE = "/careloom/tested"
END = 2**62


class Patient(TypedDict, total=False):
    id: str


@pytest.fixture
def store(open_store: OpenStore) -> Store:
    return open_store(owns=(Owned(Patient),), follows=("Task",))


def write(tx: Transaction, id: str, **elements: Any) -> None:
    tx.write(draft_of({"resourceType": "Patient", "id": id, **elements}), id)


async def unsent(store: Store) -> list[outbox.Outgoing]:
    return await store.view(lambda view: outbox.unsent(view.connection, SOURCE, 100))


async def test_what_is_written_waits_to_be_published_in_the_order_of_commits(store: Store) -> None:
    await store.unit(lambda tx: write(tx, "a"), caller=Caller("nurse"))
    await store.unit(lambda tx: tx.propose({"resourceType": "Task", "id": "t", "status": "draft"}, "h1"))
    await store.unit(lambda tx: write(tx, "b"))
    await store.unit(lambda tx: tx.delete("Patient", "a"))

    rows = await unsent(store)

    assert [(row.event.type, row.event.name, row.event.subject, row.event.version) for row in rows] == [
        ("Patient", "created", "a", 1),
        ("Task", "proposed", "t", 0),
        ("Patient", "created", "b", 1),
        ("Patient", "deleted", "a", 2),
    ]
    assert b'"id":"a"' in rows[0].event.text
    assert rows[1].event.text == b'{"resourceType":"Task","id":"t","status":"draft"}'
    assert rows[0].event.headers == {"care-caller": "nurse"}
    assert rows[1].event.headers == {"care-caller": "local", "care-proposal": str(rows[1].sequence), "care-handover": "h1"}
    assert rows[3].event.text == b""
    assert all(row.event.source == SOURCE for row in rows)
    waiting = await store.view(lambda view: outbox.backlog(view.connection))
    assert waiting.depth == 4
    assert waiting.oldest is not None


async def test_of_a_backlog_what_comes_next_is_read_while_these_rows_are_at_hand(store: Store) -> None:
    for id in "abc":
        await store.unit(lambda tx, id=id: write(tx, id))
    first = (await unsent(store))[0]

    rows = await store.view(lambda view: outbox.unsent(view.connection, SOURCE, 1, first.sequence))

    assert [row.event.subject for row in rows] == ["b"]


async def test_what_the_stream_has_is_marked_and_unmarked_where_it_lost_it(store: Store) -> None:
    for id in "abc":
        await store.unit(lambda tx, id=id: write(tx, id))
    rows = await unsent(store)

    await store.unit(lambda tx: outbox.mark_sent(tx.connection, [(row.sequence, 10 + n) for n, row in enumerate(rows)]))
    assert await unsent(store) == []
    newest = await store.view(lambda view: outbox.newest_sent(view.connection, END))
    assert newest == (12, rows[2].event.id)
    assert await store.view(lambda view: outbox.newest_sent(view.connection, 11)) == (11, rows[1].event.id)

    await store.unit(lambda tx: outbox.unmark(tx.connection, 10))
    assert [row.event.subject for row in await unsent(store)] == ["b", "c"]


async def test_published_rows_are_pruned_and_others_are_not(store: Store) -> None:
    for id in "abc":
        await store.unit(lambda tx, id=id: write(tx, id))
    a, b, _ = await unsent(store)
    await store.unit(lambda tx: outbox.mark_sent(tx.connection, [(a.sequence, 1), (b.sequence, outbox.REFUSED)]))

    pruned = await store.unit(lambda tx: outbox.prune(tx.connection, system_now()))

    assert pruned == 1
    assert await store.unit(lambda tx: outbox.send_again(tx.connection, b.sequence))
    assert not await store.unit(lambda tx: outbox.send_again(tx.connection, a.sequence))
    assert [row.event.subject for row in await unsent(store)] == ["b", "c"]


async def test_however_many_were_refused_what_was_published_behind_them_is_pruned(store: Store) -> None:
    number = outbox.PRUNED_AT_ONCE + 1
    await store.unit(lambda tx: [write(tx, f"p{each}") for each in range(number)])
    await store.unit(lambda tx: outbox.mark_sent(tx.connection, [(each, outbox.REFUSED) for each in range(1, number)]))
    await store.unit(lambda tx: outbox.mark_sent(tx.connection, [(number, 7)]))

    assert await store.unit(lambda tx: outbox.prune(tx.connection, system_now())) == 1


async def test_an_event_is_taken_once(store: Store) -> None:
    await store.unit(lambda tx: inbox.accept(tx.connection, [("e1", 7), ("e2", 8)]))
    await store.unit(lambda tx: inbox.accept(tx.connection, [("e2", 9)]))

    assert await store.view(lambda view: inbox.seen(view.connection, ["e1", "e2", "e3"])) == {"e1", "e2"}
    assert await store.view(lambda view: inbox.newest(view.connection, END)) == (8, "e2")
    await store.unit(lambda tx: inbox.forget_places(tx.connection, 7))
    assert await store.view(lambda view: inbox.newest(view.connection, END)) == (7, "e1")
    assert await store.view(lambda view: inbox.seen(view.connection, ["e2"])) == {"e2"}
    assert await store.unit(lambda tx: inbox.prune(tx.connection, system_now())) == 2


async def test_parked_events_have_their_turn_in_the_order_of_arrival(store: Store) -> None:
    soon = system_now() - timedelta(seconds=1)
    failed = Parked("e1", "Task", "t", 1, {"ce-id": "e1"}, b"\x00\xff", attempts=1, due=soon, error="oh")

    def park(tx: Transaction) -> None:
        inbox.park(tx.connection, failed)
        for n in (2, 3):
            inbox.park(tx.connection, Parked(f"e{n}", "Task", "t", n, {}, b""))
        inbox.park(tx.connection, Parked("e4", "Task", "other", 4, {}, b""))

    await store.unit(park)

    async def due() -> list[str]:
        return [each.event_id for each in await store.view(lambda view: inbox.due(view.connection, system_now(), 10))]

    assert await due() == ["e1"]
    kept = await store.view(lambda view: inbox.still_parked(view.connection, "e1"))
    assert kept == failed
    assert await store.view(lambda view: inbox.waiting(view.connection, "Task", "t"))
    await store.unit(lambda tx: inbox.unpark(tx.connection, failed))
    assert await due() == ["e2"]
    await store.unit(lambda tx: inbox.release(tx.connection, "Task"))
    assert await due() == ["e2", "e4"]
    assert await store.view(lambda view: inbox.parked_count(view.connection)) == 3


async def test_dead_letters_stand_until_they_are_taken_up(store: Store) -> None:
    letter = DeadLetter("inbox", "Task/t", "Task.created", "oh", 9, 4, {"ce-id": "e1"}, b"\x00\xff")
    await store.unit(lambda tx: [dead_letters.add(tx.connection, letter) for _ in range(3)])

    first, second = await store.view(lambda view: dead_letters.standing(view.connection, limit=2))
    (third,) = await store.view(lambda view: dead_letters.standing(view.connection, after=second))
    assert (first.about, first.headers, first.body, first.attempts) == ("Task/t", {"ce-id": "e1"}, b"\x00\xff", 9)
    assert await store.unit(lambda tx: dead_letters.take_up(tx.connection, third.id))
    assert not await store.unit(lambda tx: dead_letters.take_up(tx.connection, third.id))
    assert await store.view(lambda view: dead_letters.count(view.connection)) == 2
    kept = await store.view(lambda view: dead_letters.get(view.connection, third.id))
    assert kept is not None
    assert kept.retried is not None


async def test_following_is_remembered(store: Store) -> None:
    def follow(tx: Transaction) -> None:
        following.begin(tx.connection, "Task", 5)
        following.begin(tx.connection, "Task", 9)
        following.remember(tx.connection, "c", Beginning("monday", 5))
        following.remember(tx.connection, "c", Beginning("monday", 6))

    await store.unit(follow)

    assert await store.view(lambda view: following.states(view.connection)) == {"Task": Following("Task", "loading", 5)}
    assert await store.view(lambda view: following.beginning(view.connection, "c")) == Beginning("monday", 6)
    await store.unit(lambda tx: following.loaded(tx.connection, "Task"))
    await store.unit(lambda tx: following.lose_places(tx.connection))
    assert await store.view(lambda view: following.states(view.connection)) == {"Task": Following("Task", "live", 0)}
    await store.unit(lambda tx: following.drop(tx.connection, ["Task"]))
    assert await store.view(lambda view: following.states(view.connection)) == {}


async def test_a_lease_has_one_holder_until_it_ends(store: Store) -> None:
    async def take(holder: str, length: timedelta) -> bool:
        return await store.unit(lambda tx: leases.take(tx.connection, "relay", holder, length))

    minute = timedelta(minutes=1)
    assert await take("one", minute)
    assert await take("one", minute)
    assert not await take("other", minute)
    await store.unit(lambda tx: leases.give_up(tx.connection, "relay", "one"))
    assert await take("other", timedelta(0))
    assert await take("one", minute)
