"""What is due fires once, late rather than never, by a clock that may jump."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from shared.kernel.clock import FileClock
from shared.store.transaction import Transaction
from shared.store.version import Timer
from tests.shared.delivery.conftest import Land
from tests.shared.delivery.towns import Town, a_task, eventually, has, south
from tests.shared.delivery.wire import Wire

MONDAY = datetime(2026, 11, 23, 8, tzinfo=UTC)


def count_it(timer: Timer, tx: Transaction) -> None:
    tx.count(f"{timer.key} {tx.now:%d.%m.}")


def fail(timer: Timer, tx: Transaction) -> None:
    count_it(timer, tx)
    raise RuntimeError("not today")


def a_town(land: Land, clock: Path, **settings: object) -> Town:
    clock.write_text(MONDAY.isoformat())
    service = south(timers={"contact": count_it, "broken": fail}, follows=())
    return land.found(service, clock=FileClock(clock), **settings)


async def schedule(town: Town, name: str, due: datetime, *keys: str) -> None:
    def set_all(tx: Transaction) -> None:
        for key in keys:
            tx.schedule(name, due, key)

    await town.store.unit(set_all)


async def test_a_timer_fires_once_when_the_clock_has_jumped_past_it(land: Land, tmp_path: Path) -> None:
    clock = tmp_path / "clock"
    town = a_town(land, clock)
    town.start()
    await schedule(town, "contact", MONDAY + timedelta(days=2), "river")
    await schedule(town, "contact", MONDAY + timedelta(days=9), "later")
    assert await town.count("timer") == 2

    clock.write_text((MONDAY + timedelta(days=3)).isoformat())

    await eventually(partial(has, town, "counter", 1, "key = 'river 26.11.' AND amount = 1"))
    assert await town.count("timer") == 1


async def test_several_processes_fire_a_timer_once(land: Land, tmp_path: Path) -> None:
    clock = tmp_path / "clock"
    town = a_town(land, clock)
    await schedule(town, "contact", MONDAY, *(f"p{number}" for number in range(50)))

    for _ in range(3):
        town.start()

    await eventually(partial(has, town, "timer", 0))
    assert await town.count("counter", "amount = 1") == 50


async def test_what_was_due_while_nobody_ran_fires_late(land: Land, tmp_path: Path) -> None:
    clock = tmp_path / "clock"
    town = a_town(land, clock)
    await schedule(town, "contact", MONDAY - timedelta(days=30), "river")

    town.start()

    await eventually(partial(has, town, "counter", 1, "key = 'river 23.11.'"))


async def test_a_timer_that_keeps_failing_becomes_a_dead_letter_and_delays_nobody(land: Land, tmp_path: Path) -> None:
    clock = tmp_path / "clock"
    town = a_town(land, clock, retry_delay="0s", retries=2)
    town.start()

    await schedule(town, "broken", MONDAY - timedelta(days=1), "river")
    await schedule(town, "contact", MONDAY, "other")

    await eventually(partial(has, town, "dead_letter", 1, "origin = 'timer' AND name = 'broken' AND attempts = 3"))
    await eventually(partial(has, town, "timer", 0))
    assert await town.count("counter") == 1


async def test_a_timer_that_nobody_handles_any_more_is_not_lost(land: Land, tmp_path: Path) -> None:
    town = a_town(land, tmp_path / "clock", retry_delay="0s", retries=0)
    town.start()

    await schedule(town, "forgotten", MONDAY, "river")

    await eventually(partial(has, town, "dead_letter", 1, "name = 'forgotten'"))


async def test_after_a_merge_stored_references_follow_and_others_are_told(land: Land, tmp_path: Path, wire: Wire) -> None:
    town = a_town(land, tmp_path / "clock")
    town.start()
    await town.save(a_task("t1", **{"for": {"reference": "Patient/twin"}}))

    await town.store.unit(lambda tx: tx.alias("Patient", "twin", "river", "event-1"))

    await eventually(partial(has, town, "resource", 1, "id = 't1' AND number = 2"))
    await eventually(partial(has, town, "outbox", 0, "sent_sequence IS NULL"))
    task = await town.read("Task", "t1")
    assert task is not None
    assert task["for"] == {"reference": "Patient/river"}
    assert await wire.names() == ["Task.created t1", "Task.updated t1"]
