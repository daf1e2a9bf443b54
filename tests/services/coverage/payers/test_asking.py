"""Requests whose payers are outside: answered in time, whatever a payer does, and nobody waits for another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from services.coverage import arriving, live, pending
from services.coverage.payers.addresses import Address
from services.coverage.submitting import submit
from shared.fhir import text
from shared.fhir.element import codes_in, concept
from shared.kernel.clock import system_now
from shared.service import Call
from shared.store import timers
from shared.store.queue import TAKEN
from shared.store.transaction import Transaction
from shared.store.version import Version
from shared.store.view import View
from tests.services.building import X12, Resource, a_coverage, a_plan, a_service, an_insurance_plan
from tests.services.coverage.asking import Asking, deployed_at
from tests.services.coverage.payers.outside import Asked, Outside, answer, hangs, says
from tests.services.coverage.payers.test_trouble import response
from tests.services.coverage.plans import a_request

REASON = "urn:careloom:coverage-reason"
NAMES = ("northstar", "evergreen", "harbor")


@dataclass
class Desk(Asking):
    """Who asks for members of three insurers; `opened` are the payers outside that stay until the test ends."""

    opened: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def opens(self, *, hurried: str = "", **outside: Outside) -> None:
        """Ask these from now on; of the `hurried` one nobody waits long for an answer."""
        for each in outside.values():
            if not each.address:
                await self.opened.enter_async_context(each.open())
        await self.begins({name: an_address(name, each, hurried=name == hurried) for name, each in outside.items()})

    async def submits(self, request: Resource) -> Resource:
        return text.load(await submit(Call("CoverageEligibilityRequest", "", request), self.deployed))

    async def answers(self) -> list[Resource]:
        return await self.store.view(responses)

    async def answered(self, number: int = 1) -> list[Resource]:
        return await self.sees(lambda view: found if len(found := responses(view)) >= number else None)


def an_address(name: str, outside: Outside, *, hurried: bool) -> Address:
    return Address(
        kind="fhir",
        insurers=(f"Organization/{name}",),
        address=outside.address,
        seconds=1.5 if hurried else 60,
        attempt_seconds=0.5 if hurried else 30,
        tries=2,
        at_once=4,
    )


def responses(view: View) -> list[Resource]:
    return view.search("CoverageEligibilityResponse?")


@pytest.fixture
async def desk(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    async with AsyncExitStack() as stack:
        deployed = await stack.enter_async_context(deployed_at(sqlite_url, tmp_path, system_now))
        opened = await stack.enter_async_context(AsyncExitStack())
        desk = await stack.enter_async_context(Desk(deployed, opened=opened))
        for order, name in enumerate(NAMES, 1):
            payor = [{"reference": f"Organization/{name}"}]
            always = {"period": {"start": "2020-01-01"}, "payor": payor, "subscriberId": f"{name}-1"}
            await desk.save(a_coverage(id=name, order=order, **always))
        await desk.save(an_insurance_plan(ownedBy={"reference": "Organization/harbor"}))
        yield desk


def asks(*names: str, **elements: Any) -> Resource:
    insurance = [{"coverage": {"reference": f"Coverage/{name}"}} for name in names]
    return a_request("PT", insurer={"reference": f"Organization/{names[0]}"}, insurance=insurance, **elements)


def about(name: str) -> bytes:
    """A payer's answer about the member that it was asked about."""
    item = {"category": concept(X12, "PT"), "excluded": False}
    coverage = {"identifier": {"value": f"{name}-1"}}
    return response(insurance=[{"coverage": coverage, "inforce": True, "item": [item]}], disposition=f"{name} pays.")


def codes(found: Resource) -> list[str]:
    return [code for each in found.get("error", ()) for code in codes_in(each["code"], REASON)]


async def test_a_payer_outside_is_asked_and_its_answer_is_committed_as_ours(desk: Desk) -> None:
    northstar = says(about("northstar"))
    await desk.opens(northstar=northstar)

    await desk.save(asks("northstar"))

    [found] = await desk.answered()
    [insurance] = found["insurance"]
    assert (found["outcome"], found["disposition"]) == ("complete", "northstar pays.")
    assert found["request"] == {"reference": "CoverageEligibilityRequest/asked"}
    assert (insurance["coverage"]["reference"], insurance["item"][0]["excluded"]) == ("Coverage/northstar", False)
    sent = orjson.loads(northstar.asked[0].body)["parameter"][0]["resource"]
    assert next(each for each in sent["contained"] if each["resourceType"] == "Coverage")["subscriberId"] == "northstar-1"


async def test_submit_answers_when_the_payer_has(desk: Desk) -> None:
    await desk.opens(northstar=says(about("northstar")))

    found = await desk.submits(asks("northstar"))

    assert (found["outcome"], found["disposition"]) == ("complete", "northstar pays.")


async def test_a_payer_that_never_answers_is_an_error_at_its_time_limit(desk: Desk) -> None:
    await desk.opens(hurried="northstar", northstar=hangs())

    found = await desk.submits(asks("northstar"))

    assert (found["outcome"], codes(found)) == ("error", ["payer-silent"])


async def test_several_payers_are_one_answer_in_the_order_in_which_they_pay(desk: Desk) -> None:
    await desk.opens(northstar=says(about("northstar")), evergreen=says(b"", 500))

    found = await desk.submits(asks("harbor", "evergreen", "northstar"))

    assert found["outcome"] == "partial"
    assert [each["coverage"]["reference"] for each in found["insurance"]] == ["Coverage/northstar", "Coverage/harbor"]
    assert codes(found) == ["payer-away"]


async def test_under_load_a_payer_that_hangs_delays_nobody_else(desk: Desk) -> None:
    silent, quick = hangs(), says(about("evergreen"))
    await desk.opens(northstar=silent, evergreen=quick)
    waiting = [asyncio.create_task(desk.submits(asks("northstar"))) for _ in range(40)]
    while len(silent.asked) < 4:
        await desk.wrote()

    local = await asyncio.gather(*(desk.submits(asks("harbor")) for _ in range(40)))
    outside = await asyncio.gather(*(desk.submits(asks("evergreen")) for _ in range(20)))

    assert {found["outcome"] for found in (*local, *outside)} == {"complete"}
    assert not any(task.done() for task in waiting)
    for task in waiting:
        task.cancel()
    await asyncio.wait(waiting)


async def test_a_payer_is_asked_so_many_questions_at_once_and_no_more(desk: Desk) -> None:
    now, most = 0, 0

    async def counts(_: Asked, writer: asyncio.StreamWriter) -> None:
        nonlocal now, most
        now, most = now + 1, max(most, now + 1)
        await asyncio.sleep(0.01)
        now -= 1
        writer.write(answer(about("northstar")))

    await desk.opens(northstar=Outside(counts))

    found = await asyncio.gather(*(desk.submits(asks("northstar")) for _ in range(24)))

    assert {each["outcome"] for each in found} == {"complete"}
    assert most <= 4


async def test_who_has_waited_longest_is_asked_first(desk: Desk) -> None:
    silent = hangs()
    await desk.opens(northstar=silent)
    await desk.leaves()
    for number in range(12):
        await desk.save(asks("northstar", id=f"asked-{number:02}"))

    await desk.opens(northstar=silent)
    while len(silent.asked) < 4:
        await desk.wrote()

    taken = await desk.store.view(lambda view: view.records(pending.KIND, TAKEN))
    assert sorted(str(record.body["request"]) for record in taken) == [f"asked-{number:02}" for number in range(4)]


async def test_a_question_outlives_the_one_who_asks(desk: Desk) -> None:
    """The first that asks goes away in the middle, as a process that is killed; the next asks again and notes it once."""
    silent = hangs()
    await desk.opens(hurried="northstar", northstar=silent)
    await desk.save(asks("northstar"))
    while not silent.asked:
        await desk.wrote()
    await desk.leaves()
    assert await desk.answers() == []
    silent.does = _answers(about("northstar"))

    await desk.opens(northstar=silent)

    [found] = await desk.answered()
    assert (found["outcome"], found["meta"]["versionId"]) == ("complete", "1")


def _answers(body: bytes) -> Callable[[Asked, asyncio.StreamWriter], Awaitable[None]]:
    async def does(_: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(answer(body))

    return does


async def test_nobody_asks_and_the_time_limit_still_holds(desk: Desk) -> None:
    """Killed for good: the timer answers, and what comes after it changes nothing."""
    await desk.opens(hurried="northstar", northstar=hangs())
    await desk.leaves()
    await desk.save(asks("northstar"))
    later = desk.deployed.clock() + timedelta(seconds=30)
    [due] = await desk.store.view(lambda view: timers.due(view.connection, later))
    [record] = await desk.store.view(lambda view: view.records(pending.KIND))

    await desk.store.unit(lambda tx: arriving.time_is_over(due, tx))
    await desk.store.unit(lambda tx: arriving.arrived(record, {"outcome": "complete", "disposition": "late"}, tx))

    [found] = await desk.answers()
    assert (found["outcome"], codes(found)) == ("error", ["payer-silent"])


async def test_a_request_that_was_cancelled_meanwhile_is_not_answered(desk: Desk) -> None:
    await desk.opens(hurried="northstar", northstar=hangs())
    await desk.save(asks("northstar"))
    await desk.save(asks("northstar", status="cancelled"))
    [record] = await desk.store.view(lambda view: view.records(pending.KIND))

    await desk.store.unit(lambda tx: arriving.arrived(record, {"outcome": "complete", "disposition": "late"}, tx))

    assert await desk.answers() == []


async def test_a_service_of_a_plan_goes_on_to_the_next_insurer_when_the_first_has_answered(desk: Desk) -> None:
    excluded = about("northstar").replace(b'"excluded":false', b'"excluded":true')
    await desk.opens(northstar=says(excluded), evergreen=says(b"", 403))

    def plan(tx: Transaction) -> None:
        for each in (a_plan(), a_service()):
            tx.copy(_version(each, tx))
        live.hear_answer("pt", tx)

    await desk.store.unit(plan)

    found = {each["insurer"]["reference"]: each for each in await desk.answered(2)}
    assert found["Organization/northstar"]["insurance"][0]["item"][0]["excluded"] is True
    assert codes(found["Organization/evergreen"]) == ["payer-refused"]


def _version(resource: Resource, tx: Transaction) -> Version:
    body = orjson.dumps(resource | {"meta": {"versionId": "1"}})
    return Version(resource["resourceType"], resource["id"], 1, tx.now, body)
