"""A practice that has subscribed hears of decisions over a real socket; a subscription that can't be served says why."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from services.coverage.app import service
from services.coverage.pas.codes import TOPIC
from services.coverage.pas.notifying import FILTER
from services.coverage.payers.notifying import notifying_at
from shared.fhir import gate
from shared.fhir.issue import Resource
from shared.kernel.settings import Settings
from shared.service import Deployed
from tests.services.coverage.asking import seen, wrote
from tests.services.coverage.pas.bundles import a_request, actions, an_item, answer_in, submits
from tests.services.coverage.payers.outside import says
from tests.services.town import Running

CLINIC = "1999999984"


def a_subscription(endpoint: str, *, clinic: str = CLINIC, **elements: Any) -> Resource:
    made = {
        "resourceType": "Subscription",
        "id": "decisions",
        "status": "requested",
        "reason": "decisions on what we have asked for",
        "criteria": TOPIC,
        "_criteria": {"extension": [{"url": FILTER, "valueString": f"orgIdentifier={clinic}"}]},
        "channel": {
            "type": "rest-hook",
            "endpoint": endpoint,
            "payload": "application/fhir+json",
            "header": ["Authorization: Bearer ours"],
        },
    }
    return {name: value for name, value in (made | elements).items() if value}


@asynccontextmanager
async def notified(payer: Running, tmp_path: Path) -> AsyncIterator[None]:
    async with notifying_at(Deployed(service, payer.store, Settings(data_dir=tmp_path), payer.clock)):
        yield


async def until(payer: Running, status: str) -> Resource:
    return await seen(lambda view: next(iter(view.search(f"Subscription?_id=decisions&status={status}")), None), payer.store)


async def arrived(payer: Running, asked: list[Any], number: int) -> list[Resource]:
    async with asyncio.timeout(10):
        while len(asked) < number:
            await wrote(payer.store)
    return [orjson.loads(each.body) for each in asked]


async def test_who_has_subscribed_hears_that_it_waits_and_what_was_decided(payer: Running, tmp_path: Path) -> None:
    practice = says(b"")
    async with practice.open(), notified(payer, tmp_path):
        await payer.save(a_subscription(practice.address))
        await until(payer, "active")
        pended = await submits(payer, a_request(an_item("AD", 5)))
        await arrived(payer, practice.asked, 2)
        await payer.call("ClaimResponse", "$decide", pended["id"], outcome="approved", reason="Yes.")

        handshake, first, second = await arrived(payer, practice.asked, 3)

    assert [gate.check(each) for each in (handshake, first, second)] == [[], [], []]
    assert len(handshake["entry"]) == 1
    said = [answer_in(each["entry"][1]["resource"]) for each in (first, second)]
    assert [actions(each) for each in said] == [{1: "A4"}, {1: "A1"}]
    assert practice.asked[1].headers["authorization"] == "Bearer ours"


async def test_what_somebody_else_has_asked_for_is_not_told(payer: Running, tmp_path: Path) -> None:
    practice = says(b"")
    async with practice.open(), notified(payer, tmp_path):
        await payer.save(a_subscription(practice.address, clinic="1538999992"))
        await until(payer, "active")

        await submits(payer, a_request())

        assert await payer.store.view(lambda view: view.records("notification")) == []


async def test_a_search_may_be_subscribed_to(payer: Running, tmp_path: Path) -> None:
    practice = says(b"")
    async with practice.open(), notified(payer, tmp_path):
        criteria = "Claim?identifier=urn:practice:requests|r-1"
        await payer.save(a_subscription(practice.address, criteria=criteria, _criteria=None))
        await until(payer, "active")

        await submits(payer, a_request())

        [told] = await arrived(payer, practice.asked, 1)
        assert actions(answer_in(told)) == {1: "A6"}


@pytest.mark.parametrize(
    "elements",
    [
        {"criteria": "Patient?name=x", "_criteria": None},
        {"criteria": "ClaimResponse?nothing=x", "_criteria": None},
        {"_criteria": None},
        {"channel": {"type": "email", "endpoint": "mailto:a@b.example"}},
        {"channel": {"type": "rest-hook", "endpoint": "http://10.0.0.1/metadata"}},
        {"channel": {"type": "rest-hook", "endpoint": "file:///etc/passwd"}},
        {"channel": {"type": "rest-hook", "endpoint": "http://127.0.0.1:1/"}},
    ],
)
async def test_what_can_t_be_served_is_in_error(payer: Running, tmp_path: Path, elements: dict[str, Any]) -> None:
    async with notified(payer, tmp_path):
        await payer.save(a_subscription("http://127.0.0.1:1/", **elements))

        assert (await until(payer, "error"))["error"]


async def test_a_subscriber_who_is_away_hears_of_it_later(payer: Running, tmp_path: Path) -> None:
    away, back = says(b"", 503), says(b"")
    await payer.save(a_subscription("http://127.0.0.1:1/", status="active"))
    async with away.open(), back.open():
        await payer.save(a_subscription(away.address, status="active"))
        await submits(payer, a_request())
        async with notified(payer, tmp_path):
            await arrived(payer, away.asked, 1)
            await payer.save(a_subscription(back.address, status="active"))
            async with asyncio.timeout(10):
                while not back.asked:
                    payer.clock.now += timedelta(seconds=30)
                    await wrote(payer.store)

    assert actions(answer_in(orjson.loads(back.asked[0].body)["entry"][1]["resource"])) == {1: "A6"}


async def test_a_subscriber_who_stays_away_is_given_up(payer: Running, tmp_path: Path) -> None:
    away = says(b"", 503)
    async with away.open(), notified(payer, tmp_path):
        await payer.save(a_subscription(away.address, status="active"))
        await submits(payer, a_request())
        async with asyncio.timeout(20):
            while (await payer.one("Subscription?"))["status"] != "error":
                payer.clock.now += timedelta(hours=5)
                await wrote(payer.store)

    assert "not taken" in (await payer.one("Subscription?"))["error"]
