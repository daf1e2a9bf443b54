"""A request whose payer is outside: sent to a second real service over real sockets, tracked, and its answer kept as ours."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from services.coverage import live
from services.coverage.app import service
from services.coverage.pas import pages, reviewing, sent
from services.coverage.pas.told import told
from services.coverage.payers.addresses import Address
from shared.fhir import text
from shared.fhir.issue import Resource
from shared.kernel.clock import system_now
from shared.kernel.settings import Settings
from shared.service import Call, Deployed
from shared.store.transaction import Transaction
from tests.services.building import (
    a_coverage,
    a_patient,
    a_plan,
    a_service,
)
from tests.services.coverage.asking import Asking, deployed_at
from tests.services.coverage.pas.bundles import ALWAYS, a_request, actions, an_item, approved
from tests.services.coverage.payers.outside import Asked, Outside, Second, answer, hangs, says
from tests.services.town import Hands, Town


class Practice(Asking):
    """A practice whose insurer Northstar decides outside."""

    @property
    def clock(self) -> Hands:
        assert isinstance(self.deployed.clock, Hands)
        return self.deployed.clock

    async def reaches(self, address: str, *, seconds: float = 30) -> None:
        where = Address(
            kind="fhir", insurers=("Organization/northstar",), address=address, seconds=seconds, attempt_seconds=seconds, tries=1
        )
        await self.begins({"northstar": where})

    async def answer(self, holds: Callable[[Resource], bool]) -> Resource:
        """The ClaimResponse, when it is as wanted."""
        return await self.sees(lambda view: next(filter(holds, view.search("ClaimResponse?")), None))

    async def is_asked_again(self, record: Callable[[dict[str, object]], bool]) -> None:
        """When the record of what was sent is as wanted."""
        await self.sees(lambda view: any(record({"state": each.state, **each.body}) for each in view.records(sent.KIND)))


@pytest.fixture
async def practice(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Practice]:
    async with deployed_at(sqlite_url, tmp_path, Hands(system_now())) as deployed, Practice(deployed) as practice:
        await copies(practice, a_patient(birthDate="1990-04-02"))
        await practice.save(a_coverage(**ALWAYS))
        yield practice


async def copies(practice: Practice, resource: Resource) -> None:
    await Second("", practice.store).knows(resource)


def a_claim(category: str = "MH", visits: int = 8, **elements: Any) -> Resource:
    ours: dict[str, Any] = {
        "id": "ours",
        "identifier": None,
        "patient": {"reference": "Patient/river"},
        "insurer": {"reference": "Organization/northstar"},
        "provider": {"display": "case management"},
        "insurance": [{"sequence": 1, "focal": True, "coverage": {"reference": "Coverage/primary"}}],
    }
    return a_request(an_item(category, visits), **(ours | elements))


def is_settled(found: Resource) -> bool:
    return bool(found["outcome"] in ("complete", "error"))


async def claims(foreign: Second) -> list[Resource]:
    return await foreign.store.view(lambda view: view.search("Claim?"))


async def decides(foreign: Second, **parameters: object) -> None:
    """A reviewer at the payer's."""

    def unit(tx: Transaction) -> None:
        [waits] = tx.search("ClaimResponse?")
        said = [{"name": name, "valueString": value} for name, value in parameters.items()]
        reviewing.decide(Call("ClaimResponse", waits["id"], {"resourceType": "Parameters", "parameter": said}), tx)

    await foreign.store.unit(unit)


async def test_a_request_is_sent_and_decided_and_the_answer_is_ours(practice: Practice, foreign: Second) -> None:
    await practice.reaches(f"{foreign.address}/fhir")

    await practice.save(a_claim())

    found = await practice.answer(is_settled)
    [theirs] = await foreign.store.view(lambda view: view.search("ClaimResponse?"))
    assert (actions(found), approved(found)) == ({1: "A6"}, {1: 6})
    assert (found["preAuthRef"], found["preAuthPeriod"]) == (theirs["preAuthRef"], theirs["preAuthPeriod"])
    assert found["request"] == {"reference": "Claim/ours"}


async def test_an_activity_of_a_plan_is_authorized_by_a_payer_outside(practice: Practice, foreign: Second) -> None:
    await practice.reaches(f"{foreign.address}/fhir")
    await copies(practice, a_plan())
    await copies(practice, a_service("MH", visits=8))

    await practice.store.unit(lambda tx: live.hear_answer("pt", tx))

    found = await practice.answer(is_settled)
    assert found["identifier"] == [{"system": "urn:careloom:service-request", "value": "pt"}]
    assert approved(found) == {1: 6}


async def test_what_is_pended_is_asked_about_later_and_ends_as_a_person_decides(practice: Practice, foreign: Second) -> None:
    await practice.reaches(f"{foreign.address}/fhir")
    await practice.save(a_claim("AD", 5))
    waits = await practice.answer(lambda found: bool(found.get("item")))
    assert (waits["outcome"], actions(waits)) == ("queued", {1: "A4"})
    await decides(foreign, outcome="approved", visits="4", days="30", reason="Four for now.")

    practice.clock.now += timedelta(minutes=2)

    found = await practice.answer(is_settled)
    assert (approved(found), found["disposition"]) == ({1: 4}, "Four for now.")


async def test_a_notification_has_the_payer_asked_at_once(practice: Practice, foreign: Second) -> None:
    await practice.reaches(f"{foreign.address}/fhir")
    await practice.save(a_claim("AD", 5))
    await practice.answer(lambda found: bool(found.get("item")))
    await decides(foreign, outcome="denied", reason="No.")
    [theirs] = await foreign.store.view(lambda view: view.search("ClaimResponse?"))
    notification = await foreign.store.view(lambda view: told(theirs, view))
    app = Starlette(routes=list(pages.routes(practice.deployed)))

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://practice.test") as client:
        answered = await client.post("/pas/notifications", content=text.dump(notification))

    assert answered.status_code == 200
    assert actions(await practice.answer(is_settled)) == {1: "A3"}


async def test_a_change_of_the_request_reaches_the_payer(practice: Practice, foreign: Second) -> None:
    await practice.reaches(f"{foreign.address}/fhir")
    await practice.save(a_claim(visits=8))
    await practice.answer(is_settled)

    await practice.save(a_claim(visits=3))

    found = await practice.answer(lambda found: approved(found) == {1: 3})
    assert actions(found) == {1: "A1"}
    assert len(await claims(foreign)) == 1


async def test_a_request_that_is_withdrawn_is_cancelled_at_the_payer(practice: Practice, foreign: Second) -> None:
    await practice.reaches(f"{foreign.address}/fhir")
    claim = await practice.save(a_claim())
    await practice.answer(is_settled)

    await practice.save(claim | {"status": "cancelled"})

    await practice.is_asked_again(lambda record: (record["state"], record["step"]) == ("answered", "cancel"))
    assert [each["status"] for each in await claims(foreign)] == ["cancelled"]


async def test_what_may_have_arrived_is_asked_about_before_it_is_sent_again(practice: Practice, foreign: Second) -> None:
    lost = hangs()
    async with lost.open():
        await practice.reaches(f"{lost.address}/fhir", seconds=0.3)
        await practice.save(a_claim())
        await practice.is_asked_again(lambda record: bool(record["state"] == "waiting" and record.get("doubt")))
        await practice.leaves()
    heard = through(foreign.address)
    async with heard.open():
        await practice.reaches(f"{heard.address}/fhir")

        practice.clock.now += timedelta(minutes=2)

        await practice.answer(is_settled)
    assert [asked.line.split()[1] for asked in heard.asked] == ["/fhir/Claim/$inquire", "/fhir/Claim/$submit"]
    assert len(await claims(foreign)) == 1


async def test_what_had_arrived_is_not_sent_again(practice: Practice, foreign: Second) -> None:
    heard = through(foreign.address, loses_first=True)
    async with heard.open():
        await practice.reaches(f"{heard.address}/fhir")
        await practice.save(a_claim())
        await practice.is_asked_again(lambda record: bool(record["state"] == "waiting" and record.get("doubt")))

        practice.clock.now += timedelta(minutes=2)

        await practice.answer(is_settled)
    assert [asked.line.split()[1] for asked in heard.asked] == ["/fhir/Claim/$submit", "/fhir/Claim/$inquire"]


async def test_a_process_that_ends_while_it_asks_loses_nothing(practice: Practice, foreign: Second) -> None:
    lost = hangs()
    async with lost.open():
        await practice.reaches(f"{lost.address}/fhir")
        await practice.save(a_claim())
        await practice.is_asked_again(lambda record: record["state"] == "taken")
        await practice.leaves()
    practice.clock.now += timedelta(minutes=2)

    await practice.reaches(f"{foreign.address}/fhir")

    assert approved(await practice.answer(is_settled)) == {1: 6}


async def test_of_many_that_are_pended_the_one_that_is_due_is_asked_about(practice: Practice, foreign: Second) -> None:
    await practice.reaches(f"{foreign.address}/fhir")
    await practice.save(a_claim("AD", 5))
    await practice.answer(lambda found: bool(found.get("item")))
    await decides(foreign, outcome="denied", reason="No.")

    def pended(tx: Transaction) -> None:
        for number in range(1_500):
            body = {"payer": "northstar", "step": "inquire", "arrived": True}
            sent.queue("northstar").put(f"pended-{number}", tx.now + timedelta(hours=1, seconds=number), body, tx)

    await practice.store.unit(pended)
    practice.clock.now += timedelta(minutes=2)

    assert actions(await practice.answer(is_settled)) == {1: "A3"}


@pytest.mark.parametrize("outside", [says(b"{}"), says(b"no"), says(b'{"resourceType":"Bundle","type":"collection"}')])
async def test_an_answer_that_is_none_is_not_kept(practice: Practice, outside: Outside) -> None:
    async with outside.open():
        await practice.reaches(f"{outside.address}/fhir")

        await practice.save(a_claim())

        found = await practice.answer(lambda found: "sent again" in found["disposition"])
        assert found["outcome"] == "queued"
        await practice.leaves()


async def test_a_payer_that_refuses_is_said_to(practice: Practice) -> None:
    outside = says(b'{"resourceType":"OperationOutcome","issue":[]}', 422)
    async with outside.open():
        await practice.reaches(f"{outside.address}/fhir")

        await practice.save(a_claim())

        found = await practice.answer(is_settled)
        assert (found["outcome"], found["disposition"][:28]) == ("error", "The payer has refused the qu")
        await practice.leaves()


def through(address: str, *, loses_first: bool = False) -> Outside:
    """Hands requests on to an address; the first answer is lost on the way back."""
    port = int(address.rpartition(":")[2])
    lost: list[bool] = []

    async def do(asked: Asked, writer: asyncio.StreamWriter) -> None:
        reader, onward = await asyncio.open_connection("127.0.0.1", port)
        headers = "".join(f"{name}: {value}\r\n" for name, value in asked.headers.items() if name not in ("host", "connection"))
        onward.write(f"{asked.line}\r\nhost: 127.0.0.1\r\nconnection: close\r\n{headers}\r\n".encode() + asked.body)
        said = await reader.read()
        onward.close()
        if loses_first and not lost:
            lost.append(True)
            writer.close()
            return
        head, _, body = said.partition(b"\r\n\r\n")
        writer.write(answer(body, int(head.split()[1])))

    return Outside(do)


async def test_the_answer_of_a_payer_outside_reaches_the_plan(town: Town, foreign: Second, tmp_path: Path) -> None:
    coverage, careplan = town["coverage"], town["careplan"]
    practice = Practice(Deployed(service, coverage.store, Settings(data_dir=tmp_path), coverage.clock))
    await coverage.hears("Patient.created", a_patient(birthDate="1990-04-02"))
    await coverage.save(a_coverage(**ALWAYS))
    await practice.reaches(f"{foreign.address}/fhir")
    await careplan.save(a_service("MH", visits=8))
    await careplan.save(a_plan())

    await town.carry()
    await practice.answer(is_settled)
    await town.carry()

    status = await careplan.call("CarePlan", "$status", "plan")
    await practice.leaves()
    said = {part["name"]: part for parameter in status["parameter"] for part in parameter.get("part", ())}
    assert (said["coverage"]["valueString"], said["visits"]["valueInteger"]) == ("approved", 6)
