"""What arrives is taken once, in any order, and what cannot be taken is out of the way."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import httpx
from starlette.applications import Starlette

from shared.events.envelope import Message
from shared.events.event import Event
from shared.fhir.refusal import Conflict, Unavailable, Unprocessable
from shared.store.transaction import Transaction
from tests.shared.delivery.conftest import Land
from tests.shared.delivery.towns import Town, a_patient, eventually, has, has_tasks, keep_a_task, knows, north, running, south
from tests.shared.delivery.wire import Wire, told

RIVER = a_patient("river", gender="other")


async def south_that(land: Land, reaction: object, **settings: object) -> Town:
    """South, running, with this reaction to anything about a patient."""
    await running(land.found(north()))
    return await running(land.found(south({"Patient": reaction}), **settings))  # type: ignore[dict-item]


def keep_if_allowed(event: Event, tx: Transaction) -> None:
    """Fails for good about patients called forbidden, and always about those called broken."""
    keep_a_task(event, tx)
    language = event.resource.get("language")
    if language == "forbidden":
        raise Unprocessable("that will never do")
    if language == "broken":
        raise RuntimeError("something is broken")


async def test_a_second_delivery_changes_nothing(there: Town, wire: Wire) -> None:
    await wire.publish(told(RIVER, 1), told(RIVER, 1), told(RIVER, 1), told(a_patient("last"), 1))

    await eventually(partial(knows, there, "last"))
    assert await there.tasks() == ["updated Patient/river 1", "updated Patient/last 1"]
    assert await there.count("inbox") == 2


async def test_a_second_delivery_of_a_whole_stream_changes_nothing(there: Town, wire: Wire) -> None:
    await wire.publish(*(told(a_patient(f"p{number}"), 1) for number in range(50)))
    await eventually(partial(has_tasks, there, 50))

    await wire.delete_consumer("careloom-south")
    await wire.publish(told(a_patient("last"), 1))

    await eventually(partial(has_tasks, there, 51), seconds=20)
    assert len(await there.tasks()) == 51


async def test_an_older_version_never_overwrites_a_newer_one(there: Town, wire: Wire) -> None:
    newest, older = a_patient("river", gender="other"), a_patient("river", gender="unknown")

    await wire.publish(told(newest, 5), told(older, 2), told(a_patient("last"), 1))

    await eventually(partial(knows, there, "last"))
    copy = await there.read("Patient", "river")
    assert copy is not None
    assert (copy["gender"], copy["meta"]["versionId"]) == ("other", "5")
    assert await there.count("version", "type = 'Patient'") == 2


async def test_a_late_event_is_reacted_to_and_told_to_be_superseded(land: Land, wire: Wire) -> None:
    heard: list[tuple[int, bool]] = []
    there = await south_that(land, lambda event, tx: heard.append((event.version, event.superseded)))

    await wire.publish(told(RIVER, 5), told(RIVER, 2), told(a_patient("last"), 1))

    await eventually(partial(knows, there, "last"))
    assert heard == [(5, False), (2, True), (1, False)]


async def test_a_deletion_stays_deleted_whatever_comes_late(there: Town, wire: Wire) -> None:
    deletion = told(RIVER, 3, name="deleted")

    await wire.publish(Message(deletion.subject, deletion.headers), told(RIVER, 2), told(a_patient("last"), 1))

    await eventually(partial(knows, there, "last"))
    assert await there.read("Patient", "river") is None


async def test_a_poisonous_event_becomes_a_dead_letter_and_others_proceed(land: Land, wire: Wire) -> None:
    there = await south_that(land, keep_if_allowed)
    poison = a_patient("river", language="forbidden")

    await wire.publish(told(a_patient("one"), 1), told(poison, 1), told(a_patient("two"), 1))

    await eventually(partial(has_tasks, there, 2))
    assert await there.tasks() == ["updated Patient/one 1", "updated Patient/two 1"]
    assert await there.count("dead_letter", "origin = 'inbox' AND about = 'Patient/river' AND attempts = 1") == 1
    assert await knows(there, "river")


async def test_what_is_no_event_becomes_a_dead_letter(there: Town, wire: Wire) -> None:
    await wire.publish(Message("care.Patient.created.junk", {"ce-id": "junk"}, b"\xff\x00"), told(RIVER, 1))

    await eventually(partial(has_tasks, there, 1))
    assert await there.count("dead_letter", "about = 'care.Patient.created.junk'") == 1


async def test_a_body_that_is_no_resource_becomes_a_dead_letter(there: Town, wire: Wire) -> None:
    event = told(a_patient("junk"), 1)

    await wire.publish(Message(event.subject, event.headers, b"{{{"), told(RIVER, 1))

    await eventually(partial(has_tasks, there, 1))
    assert await there.count("dead_letter", "about = 'Patient/junk'") + await there.count("parked", "id = 'junk'") == 1


async def test_a_reaction_that_failed_is_tried_again(land: Land, wire: Wire) -> None:
    failures = [Conflict("no room"), RuntimeError("oh")]

    def fails_twice(event: Event, tx: Transaction) -> None:
        keep_a_task(event, tx)
        if failures:
            raise failures.pop()

    there = await south_that(land, fails_twice, retry_delay="0s")

    await wire.publish(told(RIVER, 1))

    await eventually(partial(has_tasks, there, 1))
    assert await there.tasks() == ["updated Patient/river 1"]
    assert await there.count("parked") == 0


async def test_a_reaction_that_finds_something_unavailable_keeps_nobody_waiting(land: Land, wire: Wire) -> None:
    def unavailable_for_river(event: Event, tx: Transaction) -> None:
        if event.subject == "river":
            raise Unavailable("come back later")
        keep_a_task(event, tx)

    there = await south_that(land, unavailable_for_river, retry_delay="1h")

    await wire.publish(told(RIVER, 1), told(a_patient("other"), 1))

    await eventually(partial(has_tasks, there, 1))
    assert await there.count("parked", "id = 'river' AND attempts = 1") == 1


async def test_later_events_of_the_same_resource_wait_and_those_of_others_do_not(land: Land, wire: Wire) -> None:
    broken = [True]

    def fails_while_broken(event: Event, tx: Transaction) -> None:
        keep_a_task(event, tx)
        if event.subject == "river" and event.version == 1 and broken:
            raise RuntimeError("not yet")

    there = await south_that(land, fails_while_broken, retry_delay="0s", retries=1000)

    await wire.publish(*(told(RIVER, version) for version in range(1, 5)), told(a_patient("other"), 1))
    await eventually(partial(has_tasks, there, 1))
    assert await there.tasks() == ["updated Patient/other 1"]
    copy = await there.read("Patient", "river")
    assert copy is not None
    assert copy["meta"]["versionId"] == "4"
    broken.clear()

    await eventually(partial(has_tasks, there, 5))
    assert await there.tasks() == ["updated Patient/other 1", *(f"updated Patient/river {version}" for version in range(1, 5))]
    assert await there.count("parked") == 0


async def test_a_reaction_that_keeps_failing_becomes_a_dead_letter_and_lets_the_next_pass(land: Land, wire: Wire) -> None:
    there = await south_that(land, keep_if_allowed, retry_delay="0s", retries=3)

    await wire.publish(told(a_patient("river", language="broken"), 1), told(a_patient("river", language="fine"), 2))

    await eventually(partial(has_tasks, there, 1))
    assert await there.tasks() == ["updated Patient/river 2"]
    assert await there.count("dead_letter", "about = 'Patient/river' AND attempts = 4") == 1


async def test_a_dead_letter_is_shown_and_tried_again(land: Land, wire: Wire) -> None:
    forbidden = [True]

    def refuses_while_forbidden(event: Event, tx: Transaction) -> None:
        keep_a_task(event, tx)
        if forbidden:
            raise Unprocessable("that will never do")

    there = await south_that(land, refuses_while_forbidden)
    await wire.publish(told(RIVER, 1))
    await eventually(partial(has, there, "dead_letter", 1))
    forbidden.clear()
    app = httpx.ASGITransport(Starlette(routes=there.deliveries[0].routes()), client=("127.0.0.1", 1))

    async with httpx.AsyncClient(transport=app, base_url="http://there") as admin:
        shown = (await admin.get("/admin/dead-letters")).json()
        letter = shown["letters"][0]
        retried = await admin.post(f"/admin/dead-letters/{letter['id']}/retry")
        again = await admin.post(f"/admin/dead-letters/{letter['id']}/retry")
        unknown = await admin.post("/admin/dead-letters/nothing/retry")
        after = (await admin.get("/admin/dead-letters")).json()

    assert (shown["total"], letter["origin"], letter["about"], letter["name"]) == (1, "inbox", "Patient/river", "Patient.updated")
    assert letter["error"] == "Unprocessable: that will never do"
    assert (retried.status_code, again.status_code, unknown.status_code) == (200, 409, 404)
    assert after["total"] == 0
    await eventually(partial(has_tasks, there, 1))


async def test_admin_pages_are_for_this_machine_only(there: Town) -> None:
    app = httpx.ASGITransport(Starlette(routes=there.deliveries[0].routes()), client=("192.0.2.7", 1))

    async with httpx.AsyncClient(transport=app, base_url="http://there") as admin:
        answer = await admin.get("/admin/dead-letters")

    assert answer.status_code == 403


async def test_a_new_store_reacts_to_what_happens_from_now_on(land: Land, here: Town) -> None:
    await here.save(a_patient("before"))
    await eventually(partial(has, here, "outbox", 0, "sent_sequence IS NULL"))

    there = await running(land.found(south({"Patient": keep_a_task})))
    await here.save(a_patient("after"))

    await eventually(partial(knows, there, "before", "after"))
    assert await there.tasks() == ["created Patient/after 1"]


async def test_what_happens_while_a_service_is_down_waits_for_it(here: Town, there: Town) -> None:
    await there.stop()
    await here.save(a_patient("meanwhile"))

    there.start()

    await eventually(partial(has_tasks, there, 1))


async def test_a_service_that_changed_what_it_follows_listens_to_that(land: Land, here: Town, wire: Wire) -> None:
    before = await running(land.found(south()))
    await before.stop()
    url = f"sqlite:///{land.folder / 'south1.db'}"
    after = land.found(south({"Patient": keep_a_task}, follows=("Patient", "Observation")), url=url)
    await running(after)

    await here.save(a_patient("river"))
    await wire.publish(told({"resourceType": "Observation", "id": "o1"}, 1))

    await eventually(partial(has, after, "resource", 1, "type = 'Observation'"))
    await eventually(partial(has_tasks, after, 1))
    assert await after.tasks() == ["created Patient/river 1"]


async def test_events_of_an_own_type_are_heard_where_they_are_reacted_to(land: Land) -> None:
    def count_it(event: Event, tx: Transaction) -> None:
        tx.count(f"tasks that were {event.name}")

    there = await running(land.found(north()), land.found(south({"Task.created": count_it})))

    await there.store.unit(lambda tx: keep_a_task(Event("e", "Patient", "died", "p", 1, tx.now, ""), tx))

    await eventually(partial(has, there, "counter", 1, "key = 'tasks that were created' AND amount = 1"))


async def test_what_took_the_place_of_a_lost_tail_is_not_passed_over(stormy_land: Land, tmp_path: Path) -> None:
    there = await running(stormy_land.found(north()), stormy_land.found(south({"Patient": keep_a_task})))
    async with Wire(stormy_land.broker) as wire:
        await wire.publish(*(told(a_patient(f"p{number}"), 1) for number in range(5)))
    await eventually(partial(has_tasks, there, 5))
    stormy_land.broker.stop()
    stormy_land.broker.save(tmp_path / "saved")
    stormy_land.broker.start()
    async with Wire(stormy_land.broker) as wire:
        await wire.publish(an_observation(6), an_observation(7), told(a_patient("lost"), 1))
    await eventually(partial(has_tasks, there, 6))
    await there.stop()

    stormy_land.broker.kill()
    stormy_land.broker.put_back(tmp_path / "saved")
    stormy_land.broker.start()
    async with Wire(stormy_land.broker) as wire:
        await wire.publish(told(a_patient("new"), 1), *(an_observation(place) for place in (7, 8, 9)))
    there.start()

    await eventually(partial(knows, there, "new"))
    assert len(await there.tasks()) == 7


def an_observation(place: int) -> Message:
    return told({"resourceType": "Observation", "id": f"at-{place}"}, 1)
