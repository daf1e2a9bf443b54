"""Payers that are slow, hang, answer garbage or about somebody else: the right outcome, at the right time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from services.coverage.app import service
from services.coverage.payers.addresses import Address
from services.coverage.payers.breaker import Breaker
from services.coverage.payers.guarded import Guarded
from services.coverage.payers.payer import Payer, Trouble
from services.coverage.payers.reaching import payer_at
from services.coverage.x12.language import LANGUAGE
from shared.kernel.clock import system_now
from shared.kernel.meter import Meters
from shared.kernel.settings import Settings
from shared.service import Deployed
from shared.store.store import Store
from tests.services.building import an_answer
from tests.services.coverage.payers.outside import Asked, Outside, answer, closes, drips, hangs, says
from tests.services.coverage.payers.test_contract import QUESTION

FHIR, X12 = "fhir", "x12"


@pytest.fixture
def deployed(sqlite_url: str, tmp_path: Path) -> Deployed:
    store = Store.open(sqlite_url, service="coverage", owns=service.keeps, follows=service.follows)
    return Deployed(service, store, Settings(data_dir=tmp_path), system_now)


def at(outside: Outside, kind: Any = FHIR, **turned: Any) -> Address:
    usual: dict[str, Any] = {"seconds": 25.0, "attempt_seconds": 20.0, "tries": 1}
    return Address(kind=kind, insurers=("Organization/northstar",), address=outside.address, **usual | turned)


async def trouble_with(outside: Outside, deployed: Deployed, kind: str = FHIR, **turned: Any) -> Trouble:
    async with outside.open():
        address = at(outside, kind, **turned)
        async with payer_at(address, deployed, LANGUAGE) as payer:
            with pytest.raises(Trouble) as raised:
                await Guarded("northstar", payer, address, Breaker(5, 30), Meters()).eligibility(QUESTION)
    return raised.value


def response(**elements: Any) -> bytes:
    """A legal answer, but for what is turned; None leaves an element out."""
    said = an_answer(identifier=None) | elements
    return orjson.dumps({name: value for name, value in said.items() if value is not None})


@pytest.mark.parametrize("kind", [FHIR, X12])
@pytest.mark.parametrize(
    ("outside", "code"),
    [
        (closes, "payer-away"),
        (lambda: says(b"", 500), "payer-away"),
        (lambda: says(b"busy", 503), "payer-away"),
        (lambda: says(b"\x00\xff not at all"), "payer-broken"),
        (lambda: says(b""), "payer-broken"),
        (lambda: says(b"{}"), "payer-broken"),
        (lambda: says(b"x" * (5 * 1024 * 1024)), "payer-broken"),
        (lambda: says(b"no", 403), "payer-refused"),
        (lambda: says(b"", 302), "payer-broken"),
    ],
    ids=["closes", "500", "503", "binary", "empty", "{}", "too much", "403", "redirect"],
)
async def test_what_is_no_answer_is_said_to_be_none_and_in_time(
    deployed: Deployed, kind: str, outside: Callable[[], Outside], code: str
) -> None:
    trouble = await asyncio.wait_for(trouble_with(outside(), deployed, kind), 30)

    assert trouble.code == code


@pytest.mark.parametrize("kind", [FHIR, X12])
@pytest.mark.parametrize("outside", [hangs, drips])
async def test_who_hangs_or_drips_is_waited_for_as_long_as_was_said(
    deployed: Deployed, kind: str, outside: Callable[[], Outside]
) -> None:
    assert (await trouble_with(outside(), deployed, kind, attempt_seconds=0.3)).code == "payer-silent"
    assert (await trouble_with(outside(), deployed, kind, seconds=0.3)).code == "payer-silent"


async def test_nobody_listening_has_not_got_the_question(deployed: Deployed) -> None:
    closed = Outside(lambda asked, writer: asyncio.sleep(0))
    async with closed.open():
        pass
    address = at(closed)
    async with payer_at(address, deployed) as payer:
        with pytest.raises(Trouble) as raised:
            await payer.eligibility(QUESTION)

    assert (raised.value.code, raised.value.arrived, raised.value.passing) == ("payer-away", False, True)


@pytest.mark.parametrize(
    "said",
    [
        response(insurance=[{"coverage": {"identifier": {"value": "N00000001"}}, "inforce": True}]),
        response(identifier=[{"system": "urn:careloom:trace", "value": "another question"}]),
        response(contained=[{"resourceType": "Patient", "id": "p", "birthDate": "1950-01-01"}], patient={"reference": "#p"}),
    ],
    ids=["number", "trace", "date of birth"],
)
async def test_an_answer_about_somebody_else_is_not_kept(deployed: Deployed, said: bytes) -> None:
    assert (await trouble_with(says(said), deployed)).code == "other-member"


@pytest.mark.parametrize(
    "said",
    [
        orjson.dumps({"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "processing"}]}),
        orjson.dumps({"resourceType": "CoverageEligibilityResponse", "status": "active"}),
        response(outcome="perhaps"),
    ],
    ids=["another resource", "half of it", "no such code"],
)
async def test_what_is_no_legal_response_is_broken(deployed: Deployed, said: bytes) -> None:
    assert (await trouble_with(says(said), deployed)).code == "payer-broken"


async def test_a_payers_own_refusal_is_an_answer(deployed: Deployed) -> None:
    rejected = {"coding": [{"system": "https://codesystem.x12.org/005010/901", "code": "75"}], "text": "not found"}
    outside = says(response(outcome="error", disposition="We don't know them.", error=[{"code": rejected}], insurance=None))
    async with outside.open(), payer_at(at(outside), deployed) as payer:
        decision = await payer.eligibility(QUESTION)

    assert (decision.outcome, decision.failures[0].reason.code) == ("error", "coverage-unknown")
    assert decision.sentence == "We don't know them."


async def test_what_passes_is_tried_again_within_the_time_limit(deployed: Deployed) -> None:
    replies = iter([answer(b"", 503), answer(b"", 502), answer(response())])

    async def recovers(_: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(next(replies))

    outside = Outside(recovers)
    async with outside.open():
        address = at(outside, tries=3, seconds=20)
        async with payer_at(address, deployed) as payer:
            decision = await Guarded("northstar", payer, address, Breaker(5, 30), Meters()).eligibility(QUESTION)

    assert decision.outcome == "complete"
    assert len(outside.asked) == 3


async def test_a_refusal_is_not_tried_again(deployed: Deployed) -> None:
    outside = says(b"", 400)

    await trouble_with(outside, deployed, tries=3)

    assert len(outside.asked) == 1


class Ticks:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


async def test_the_breaker_opens_after_failures_lets_one_try_and_closes(deployed: Deployed) -> None:
    broken = [True]

    async def does(_: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(answer(b"", 500) if broken else answer(response()))

    outside, ticks = Outside(does), Ticks()
    breaker = Breaker(failures=3, rest_seconds=30, monotonic=ticks)
    async with outside.open():
        address = at(outside)
        async with payer_at(address, deployed) as payer:
            guarded = Guarded("northstar", payer, address, breaker, Meters())
            for _ in range(5):
                assert await trouble(guarded) == "payer-away"
            assert (breaker.state, len(outside.asked)) == ("open", 3)

            ticks.now = 31
            assert breaker.state == "half-open"
            assert await trouble(guarded) == "payer-away"
            assert (breaker.state, len(outside.asked)) == ("open", 4)

            ticks.now = 62
            broken.clear()
            assert await trouble(guarded) == ""
            assert (breaker.state, len(outside.asked)) == ("closed", 5)


async def trouble(payer: Payer) -> str:
    try:
        await payer.eligibility(replace(QUESTION))
    except Trouble as found:
        return found.code
    return ""


def test_while_half_open_one_may_try_and_no_other() -> None:
    ticks = Ticks()
    breaker = Breaker(1, 10, ticks)
    breaker.failed()
    ticks.now = 10

    assert [breaker.admits(), breaker.admits()] == [True, False]
    breaker.left()
    assert breaker.admits()
    breaker.succeeded()
    assert [breaker.admits(), breaker.admits()] == [True, True]
