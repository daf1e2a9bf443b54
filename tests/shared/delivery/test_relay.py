"""What is committed is published: once, in order, and again where the stream lost it."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

import httpx
from starlette.applications import Starlette

from shared.events.envelope import Message
from shared.store import outbox
from tests.shared.delivery.conftest import Land
from tests.shared.delivery.towns import (
    DIRECTORY,
    Town,
    a_patient,
    eventually,
    has,
    has_tasks,
    keep_a_task,
    knows,
    north,
    running,
    south,
)
from tests.shared.delivery.wire import Wire, told

UNSENT = "sent_sequence IS NULL"


async def published(town: Town) -> bool:
    return not await town.count("outbox", UNSENT)


async def test_one_change_is_one_message(here: Town, wire: Wire) -> None:
    await here.save(a_patient("river"))
    await here.save(a_patient("river"))
    await here.save(a_patient("river", gender="other"))
    await here.save(a_patient("river", gender="other", deceasedBoolean=True))
    await here.delete("Patient", "river")
    await here.delete("Patient", "river")

    await eventually(partial(published, here))
    names = ["Patient.created river", "Patient.updated river", "Patient.died river", "Patient.deleted river"]
    assert await wire.names() == names
    created, *_, deleted = await wire.messages()
    assert created.headers["ce-subject"] == "Patient/river/_history/1"
    assert created.headers["ce-source"] == "/careloom/north"
    assert created.headers["Nats-Msg-Id"] == created.headers["ce-id"]
    assert b'"versionId":"1"' in created.body
    assert deleted.headers["ce-subject"] == "Patient/river/_history/4"
    assert deleted.body == b""


async def test_messages_stand_in_the_order_of_commits(here: Town, wire: Wire) -> None:
    await here.save(*(a_patient(f"p{number}") for number in range(600)))

    await eventually(partial(published, here))
    rows = await here.store.view(lambda view: view.connection.rows("SELECT id FROM resource ORDER BY current"))
    assert [name.split()[1] for name in await wire.names()] == [id for (id,) in rows]
    places = await here.store.view(lambda view: view.connection.rows("SELECT sent_sequence FROM outbox ORDER BY sequence"))
    assert [place for (place,) in places] == list(range(1, 601))


async def test_what_the_broker_refuses_for_good_stops_nobody(land: Land, wire: Wire) -> None:
    here = await running(land.found(north()))
    larger_than_the_broker_takes = b'{"resourceType":"Task","id":"t1","description":"%b"}' % (b"x" * 9_000_000)

    await here.store.unit(lambda tx: outbox.propose(tx, "Task", "t1", larger_than_the_broker_takes))
    await here.save(a_patient("river"))

    await eventually(partial(published, here))
    assert await wire.names() == ["Patient.created river"]
    assert await here.count("dead_letter", "origin = 'outbox' AND about = 'Task/t1'") == 1


async def test_a_large_body_is_read_at_its_owner(land: Land, wire: Wire) -> None:
    here, there = land.found(north(), event_max_bytes=1000), land.found(south())
    await running(here, there)

    await here.save(a_patient("river", language="x" * 2000))

    await eventually(partial(knows, there, "river"))
    (message,) = await wire.messages()
    assert message.body == b""
    assert message.headers["care-fetch"].endswith("/fhir/Patient/river/_history/1")
    assert await there.read("Patient", "river") == await here.read("Patient", "river")


async def test_a_body_is_read_nowhere_but_at_its_owner(land: Land, wire: Wire) -> None:
    here, there = land.found(north(), event_max_bytes=1000), land.found(south())
    await running(here, there)
    stray = told(a_patient("stray"), 1, headers=[("care-fetch", "http://127.0.0.1:9/fhir/Patient/stray/_history/1")])

    await wire.publish(Message(stray.subject, stray.headers), told(a_patient("last"), 1))

    await eventually(partial(knows, there, "last"))
    asked_of_owner = f"{here.settings.service_url('north', DIRECTORY.owns)}/fhir/Patient/stray/_history/1"
    assert [url for url in land.roads.asked if "stray" in url] == [asked_of_owner]
    assert await there.count("dead_letter", "error LIKE '%could not be fetched: 404'") == 1


async def test_a_body_that_could_not_be_read_is_read_when_its_dead_letter_is_taken_up(land: Land, wire: Wire) -> None:
    here, there = land.found(north()), land.found(south({"Patient": keep_a_task}))
    await running(here, there)
    late = told(a_patient("late"), 1, headers=[("care-fetch", "there")])
    await wire.publish(Message(late.subject, late.headers))
    await eventually(partial(has, there, "dead_letter", 1))
    await here.save(a_patient("late"))
    await eventually(partial(has_tasks, there, 1))
    ((letter,),) = await there.store.view(lambda view: view.connection.rows("SELECT id FROM dead_letter"))
    app = httpx.ASGITransport(Starlette(routes=there.deliveries[0].routes()), client=("127.0.0.1", 1))

    async with httpx.AsyncClient(transport=app, base_url="http://there") as admin:
        answer = await admin.post(f"/admin/dead-letters/{letter}/retry")

    assert answer.status_code == 200, answer.text
    await eventually(partial(has_tasks, there, 2))
    assert await there.tasks() == ["created Patient/late 1", "updated Patient/late 1"]
    assert await there.count("dead_letter", "retried IS NULL") == 0


async def test_an_owner_that_is_away_delays_its_large_bodies_only(land: Land) -> None:
    here, there = land.found(north(), event_max_bytes=1000), land.found(south())
    await running(here, there)
    land.roads.open = False

    await here.save(a_patient("large", language="x" * 2000))
    await here.save(a_patient("small"))
    await eventually(partial(knows, there, "small"))
    assert not await knows(there, "large")
    land.roads.open = True

    await eventually(partial(knows, there, "large"))


async def test_writes_go_on_without_a_broker_and_the_backlog_drains(stormy_land: Land) -> None:
    here, there = stormy_land.found(north()), stormy_land.found(south({"Patient": keep_a_task}))
    await running(here, there)
    await here.save(a_patient("before"))
    await eventually(partial(has_tasks, there, 1))

    stormy_land.broker.kill()
    await here.save(*(a_patient(f"p{number}") for number in range(100)))
    await eventually(partial(shows_a_backlog, here, 100))
    stormy_land.broker.start()

    await eventually(partial(has_tasks, there, 101))
    assert len(set(await there.tasks())) == 101


async def shows_a_backlog(town: Town, depth: int) -> bool:
    health = town.deliveries[0].health()
    return bool(health["broker"] == "away" and health["outbox"]["depth"] == depth)


async def test_a_paused_broker_is_waited_for(stormy_land: Land) -> None:
    here, there = stormy_land.found(north()), stormy_land.found(south({"Patient": keep_a_task}))
    await running(here, there)

    stormy_land.broker.pause()
    await here.save(*(a_patient(f"p{number}") for number in range(20)))
    await asyncio.sleep(1)
    stormy_land.broker.resume()

    await eventually(partial(has_tasks, there, 20), seconds=20)
    assert len(set(await there.tasks())) == len(await there.tasks()) == 20


async def test_a_stream_that_was_deleted_is_made_anew_and_refilled(here: Town, there: Town, wire: Wire) -> None:
    await here.save(*(a_patient(f"p{number}") for number in range(10)))
    await eventually(partial(has_tasks, there, 10))

    await wire.delete_stream()
    await here.save(a_patient("after"))

    await eventually(partial(has_tasks, there, 11), seconds=20)
    await eventually(partial(published, here))
    assert len(await wire.patients()) == 11
    assert len(set(await there.tasks())) == len(await there.tasks()) == 11


async def test_a_stream_made_anew_is_refilled_although_it_has_outgrown_the_old_one(here: Town, there: Town, wire: Wire) -> None:
    await here.save(*(a_patient(f"p{number}") for number in range(5)))
    await eventually(partial(has_tasks, there, 5))

    await wire.delete_stream()
    await wire.make_stream()
    await wire.publish(*(told(a_patient(f"stray{number}"), 1) for number in range(5)))
    await here.save(a_patient("after"))

    everybody = {"created p0", "created p1", "created p2", "created p3", "created p4", "created after"}
    await eventually(partial(are_published, wire, everybody), seconds=20)


async def are_published(wire: Wire, names: set[str]) -> bool:
    return names <= {name.removeprefix("Patient.") for name in await wire.names()}


async def test_a_broker_that_lost_its_files_is_refilled(stormy_land: Land) -> None:
    here, there = stormy_land.found(north()), stormy_land.found(south({"Patient": keep_a_task}))
    await running(here, there)
    await here.save(*(a_patient(f"p{number}") for number in range(10)))
    await eventually(partial(has_tasks, there, 10))

    stormy_land.broker.kill()
    stormy_land.broker.forget()
    stormy_land.broker.start()
    await here.save(a_patient("after"))

    await eventually(partial(has_tasks, there, 11))
    await eventually(partial(published, here))
    async with Wire(stormy_land.broker) as wire:
        assert len(await wire.patients()) == 11
    assert len(set(await there.tasks())) == len(await there.tasks()) == 11


async def test_a_stream_that_lost_its_tail_gets_it_again(stormy_land: Land, tmp_path: Path) -> None:
    here, there = stormy_land.found(north()), stormy_land.found(south({"Patient": keep_a_task}))
    await running(here, there)
    await here.save(*(a_patient(f"p{number}") for number in range(5)))
    await eventually(partial(has_tasks, there, 5))
    stormy_land.broker.stop()
    stormy_land.broker.save(tmp_path / "saved")
    stormy_land.broker.start()
    await here.save(*(a_patient(f"q{number}") for number in range(5)))
    await eventually(partial(has_tasks, there, 10))
    await there.stop()

    stormy_land.broker.kill()
    stormy_land.broker.put_back(tmp_path / "saved")
    await here.save(a_patient("after"))
    stormy_land.broker.start()
    there.start()

    await eventually(partial(has_tasks, there, 11))
    await eventually(partial(published, here))
    async with Wire(stormy_land.broker) as wire:
        assert len(set(await wire.patients())) == 11
    assert len(set(await there.tasks())) == len(await there.tasks()) == 11


async def test_published_rows_are_forgotten_after_a_while(land: Land) -> None:
    here = await running(land.found(north()))
    await here.save(a_patient("river"))
    await eventually(partial(published, here))
    await here.stop()
    here.settings.outbox_keep = here.settings.outbox_keep * 0

    here.start()

    await eventually(partial(has, here, "outbox", 0))


async def test_a_follower_that_writes_tells_of_it_with_the_same_trace(here: Town, there: Town, wire: Wire) -> None:
    await here.save(a_patient("river"))

    await eventually(partial(has_tasks, there, 1))
    await eventually(partial(published, there))
    cause, effect = await wire.messages()
    assert effect.subject.startswith("care.Task.created.")
    assert effect.headers["care-causation"] == cause.event_id
    assert effect.headers["traceparent"].split("-")[1] == cause.headers["traceparent"].split("-")[1]
