"""A hook is answered within its time, whoever is slow; what the payer says later is not lost."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import orjson
import pytest

from services.coverage import arriving, pending, routing
from services.coverage.answered import told
from services.coverage.crd.answering import answer
from services.coverage.crd.asking import SPARE_SECONDS
from services.coverage.crd.called import called
from services.coverage.crd.hooks import HOOKS
from services.coverage.decision import failed
from services.coverage.reasons import FAILURES
from services.coverage.routing import Route
from services.coverage.vocabulary import TRACE
from shared.kernel.settings import Settings
from shared.service import Deployed
from shared.store.transaction import Transaction
from tests.services.coverage.crd.calls import INSTANCE, a_call, an_order
from tests.services.coverage.crd.test_hooks import reasons, said
from tests.services.town import Running


@pytest.fixture
async def asking(payer: Running) -> Running:
    """The insurer is reached outside; nobody answers for it unless a test does."""
    await payer.store.unit(lambda tx: routing.plant([Route("slow", ("Organization/northstar",), 30.0)], tx))
    return payer


async def called_within(asking: Running, seconds: float) -> dict[str, Any]:
    hook = replace(HOOKS["order-sign-crd"], seconds=SPARE_SECONDS + seconds)
    deployed = Deployed(asking.service, asking.store, Settings(), asking.clock)
    return await answer(called(hook, orjson.dumps(a_call(an_order("AD")))), deployed)


def answers(tx: Transaction) -> int:
    """Everything that waits is answered: as the payer that it is asked of would say it."""
    waiting = pending.queue("slow").first(10, tx)
    for record in waiting:
        decision = failed(FAILURES["payer-refused"])
        arriving.arrived(record, told(decision), tx)
    return len(waiting)


async def test_a_payer_that_does_not_answer_in_time_is_no_reason_to_wait(asking: Running) -> None:
    said_then = await called_within(asking, 0.2)

    assert (said(said_then)["covered"], reasons(said_then)) == (["indeterminate"], ["technical"])


async def test_what_it_says_later_is_kept_under_the_calls_number(asking: Running) -> None:
    await called_within(asking, 0.1)

    assert await asking.store.unit(answers) == 1

    response = await asking.one("CoverageEligibilityResponse?")
    assert response["identifier"] == [{"system": TRACE, "value": INSTANCE}]


async def test_what_it_says_in_time_is_told(asking: Running) -> None:
    waiting = asyncio.create_task(called_within(asking, 20.0))
    while not await asking.store.unit(answers):
        await asyncio.wait([waiting], timeout=0.01)

    answer_then = await waiting

    assert (said(answer_then)["covered"], reasons(answer_then)) == (["indeterminate"], ["technical"])
    assert "refused" in said(answer_then)["reason"][0]["text"]
