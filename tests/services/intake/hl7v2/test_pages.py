"""The journal as who looks after the feed sees it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from services.intake.hl7v2 import pages
from shared.fhir.refusal import Unprocessable
from shared.runtime.refusing import refuse_in_fhir
from tests.services.intake.hl7v2.conftest import Mapped, OpenWard, Ward
from tests.services.intake.hl7v2.senders import Sender, a_message


@dataclass
class Desk:
    ward: Ward
    http: httpx.AsyncClient

    async def get(self, address: str) -> Any:
        return (await self.http.get(address)).json()


@asynccontextmanager
async def at_desk(ward: Ward, host: str = "127.0.0.1") -> AsyncIterator[Desk]:
    """`host` is who asks."""
    app = FastAPI(routes=[*pages.pages(ward.deployed)])
    refuse_in_fhir(app)
    transport = httpx.ASGITransport(app, client=(host, 4711))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http:
        yield Desk(ward, http)


@pytest.fixture
async def desk(open_ward: OpenWard) -> AsyncIterator[Desk]:
    async with open_ward() as ward, at_desk(ward) as desk:
        yield desk


async def test_a_message_is_shown_with_what_it_made_and_as_it_came(desk: Desk) -> None:
    async with Sender(desk.ward.port) as sender:
        await sender.tell(a_message("M1", visit="v1"))

    [listed] = (await desk.get("/admin/hl7v2"))["messages"]
    shown = await desk.get(f"/admin/hl7v2/{listed['id']}")

    assert "raw" not in listed
    assert shown["raw"].encode() == a_message("M1", visit="v1")
    assert (shown["state"], shown["type"], shown["visit"], shown["tries"]) == ("processed", "ADT^A01", "v1", 1)


async def test_messages_are_found_by_what_is_asked(desk: Desk) -> None:
    async with Sender(desk.ward.port) as sender:
        await sender.tell(a_message("M1", "ADT^A01", visit="v1"))
        await sender.tell(a_message("M2", "ADT^A03", visit="v1", sender="WARD B|MERCY"))
        await sender.tell(a_message("M3", "ADT^A03", visit="v2").replace(b"PV1|", b"ZZZ|"))

    for query, controls in (
        ("", "M3 M2 M1"),
        ("?type=ADT^A03", "M3 M2"),
        ("?visit=v1", "M2 M1"),
        ("?visit=v1&type=ADT^A01", "M1"),
        ("?sender=WARD B@MERCY", "M2"),
        ("?state=error", "M3"),
        ("?state=error&visit=v1", ""),
        ("?control=M1&patient=P1", "M1"),
        ("?control=nobody", ""),
    ):
        assert [each["control"] for each in (await desk.get(f"/admin/hl7v2{query}"))["messages"]] == controls.split()


async def test_pages_follow_each_other_without_a_gap(desk: Desk) -> None:
    async with Sender(desk.ward.port) as sender:
        for number in range(205):
            await sender.tell(a_message(f"M{number:03}", visit=f"v{number}"))

    found, address = [], "/admin/hl7v2?type=ADT^A01"
    while address:
        page = await desk.get(address)
        found += [each["control"] for each in page["messages"]]
        address = page["next"]

    assert found == [f"M{number:03}" for number in reversed(range(205))]


async def test_a_message_that_was_at_fault_is_played_again(open_ward: OpenWard) -> None:
    async with open_ward(Mapped({"v1": Unprocessable("not before noon")})) as ward, at_desk(ward) as desk:
        async with Sender(ward.port) as sender:
            assert (await sender.tell(a_message("M1", visit="v1"))).code == "AE"
        [listed] = (await desk.get("/admin/hl7v2?state=error"))["messages"]

        for tries in (2, 3):
            shown = (await desk.http.post(f"/admin/hl7v2/{listed['id']}/replay")).json()

            assert (shown["id"], shown["state"], shown["tries"], shown["faults"]) == (listed["id"], "processed", tries, [])
        assert len(await ward.store.view(lambda view: view.search("Encounter"))) == 1


async def test_what_is_not_kept_as_a_whole_can_not_be_played_again(open_ward: OpenWard) -> None:
    async with open_ward(max_body_bytes=1_000) as ward, at_desk(ward) as desk:
        async with Sender(ward.port) as sender:
            await sender.tell(a_message("L1") + b"NTE|1||" + b"x" * 2_000)
        [listed] = (await desk.get("/admin/hl7v2"))["messages"]

        assert (await desk.http.post(f"/admin/hl7v2/{listed['id']}/replay")).status_code == 409


async def test_what_can_not_be_asked_is_said(desk: Desk) -> None:
    for method, address, status in (
        ("GET", "/admin/hl7v2?name=river", 400),
        ("GET", "/admin/hl7v2?before=nothing", 404),
        ("GET", "/admin/hl7v2/nothing", 404),
        ("POST", "/admin/hl7v2/nothing/replay", 404),
        ("GET", "/admin/hl7v2/%00", 404),
    ):
        answer = await desk.http.request(method, address)

        assert answer.status_code == status
        assert answer.json()["resourceType"] == "OperationOutcome"


async def test_who_asks_from_elsewhere_is_turned_away(desk: Desk) -> None:
    async with at_desk(desk.ward, "192.0.2.7") as stranger:
        assert (await stranger.http.get("/admin/hl7v2")).status_code == 403
