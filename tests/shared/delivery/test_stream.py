"""The stream and the consumers are made as the settings say, whatever stood there before."""

from __future__ import annotations

from datetime import timedelta

from tests.shared.delivery.conftest import Land
from tests.shared.delivery.towns import Town, north, running, south
from tests.shared.delivery.wire import Wire

DAY = timedelta(days=1).total_seconds()


async def test_the_stream_keeps_what_it_is_told_to_keep_on_disk(land: Land, wire: Wire) -> None:
    await running(land.found(north(), stream_max_age="3d"))

    stream = await wire.stream()

    assert (stream.subjects, stream.storage, stream.retention) == (["care.>"], "file", "limits")
    assert (stream.max_age, stream.num_replicas, stream.duplicate_window) == (3 * DAY, 1, 600)


async def test_a_stream_with_other_settings_is_brought_up_to_those_of_now(land: Land, wire: Wire) -> None:
    before = await running(land.found(north(), stream_max_age="3d"))
    await before.stop()

    await running(land.found(north(), stream_max_age="5d"))

    assert (await wire.stream()).max_age == 5 * DAY


async def test_counting_and_giving_up_is_not_the_brokers(there: Town, wire: Wire) -> None:
    consumer = await wire.consumer("careloom-south")

    assert (consumer.ack_policy, consumer.max_deliver, consumer.durable_name) == ("explicit", -1, "careloom-south")
    assert consumer.filter_subjects
    assert "care.Patient.>" in consumer.filter_subjects


async def test_two_services_have_a_consumer_each(land: Land, wire: Wire) -> None:
    await running(land.found(north()), land.found(south()))

    assert (await wire.consumer("careloom-north")).filter_subjects != (await wire.consumer("careloom-south")).filter_subjects
