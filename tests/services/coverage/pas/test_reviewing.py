"""What waits is decided by a person, or by the rule for when nobody does; and everybody hears when that takes too long."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.coverage.pas import clocks
from services.coverage.pas.figures import figures
from shared.fhir.issue import Resource
from shared.fhir.refusal import Conflict, Unprocessable
from shared.store import outbox
from shared.store.transaction import Transaction
from tests.services.coverage.pas.bundles import (
    a_request,
    action,
    actions,
    an_item,
    an_update,
    approved,
    certified,
    submits,
)
from tests.services.town import Running, Town


async def decides(payer: Running, **parameters: object) -> Resource:
    waits = await payer.one("ClaimResponse?")
    return await payer.call("ClaimResponse", "$decide", waits["id"], **parameters)


async def announced(payer: Running) -> list[str]:
    """What others were told of ClaimResponses since the last look."""

    def taken(tx: Transaction) -> list[str]:
        rows = outbox.unsent(tx.connection, "/careloom/coverage", 1000)
        outbox.mark_sent(tx.connection, [(row.sequence, row.sequence) for row in rows])
        return [row.event.name for row in rows if row.event.type in ("ClaimResponse", "Task")]

    return await payer.store.unit(taken)


@pytest.mark.parametrize(
    ("said", "code", "visits"),
    [
        ({"outcome": "approved"}, "A1", 5),
        ({"outcome": "approved", "visits": "3"}, "A6", 3),
        ({"outcome": "denied"}, "A3", 0),
    ],
)
async def test_a_person_decides(payer: Running, said: dict[str, str], code: str, visits: int) -> None:
    await submits(payer, a_request(an_item("AD", 5)))
    await announced(payer)

    answer = await decides(payer, reason="As the findings say.", reviewer={"reference": "Practitioner/mei"}, **said)

    assert (answer["outcome"], actions(answer), approved(answer)) == ("complete", {1: code}, {1: visits})
    assert answer["disposition"] == "As the findings say."
    assert {"url": "urn:careloom:reviewer", "valueReference": {"reference": "Practitioner/mei"}} in answer["extension"]
    assert await announced(payer) == ["decided"]


async def test_one_item_is_decided_and_the_other_waits(payer: Running) -> None:
    await submits(payer, a_request(an_item("AD", 5), an_item("AD", 2, sequence=2)))

    answer = await decides(payer, outcome="denied", reason="No.", item="2")

    assert (answer["outcome"], actions(answer), action(answer)) == ("partial", {1: "A4", 2: "A3"}, "A4")


@pytest.mark.parametrize(
    "said",
    [
        {"outcome": "perhaps", "reason": "?"},
        {"outcome": "approved"},
        {"outcome": "approved", "reason": "Yes.", "visits": "6"},
        {"outcome": "approved", "reason": "Yes.", "visits": "many"},
        {"outcome": "approved", "reason": "Yes.", "days": "999999999"},
        {"outcome": "more-time", "days": "15"},
    ],
)
async def test_what_can_t_be_decided_is_refused(payer: Running, said: dict[str, str]) -> None:
    await submits(payer, a_request(an_item("AD", 5)))

    with pytest.raises(Unprocessable):
        await decides(payer, **said)


async def test_what_was_decided_does_not_wait(payer: Running) -> None:
    await submits(payer, a_request(an_item("MH", 5)))

    with pytest.raises(Conflict):
        await decides(payer, outcome="denied", reason="No.")


@pytest.mark.parametrize(("priority", "hours", "warned"), [("normal", 168, 120), ("stat", 72, 48)])
async def test_the_time_is_watched(payer: Running, priority: str, hours: int, warned: int) -> None:
    await submits(payer, a_request(an_item("AD", 5), priority=priority))
    await announced(payer)

    await payer.passes(timedelta(hours=warned) - timedelta(seconds=1))
    assert await announced(payer) == []
    await payer.passes(timedelta(seconds=1))
    assert await announced(payer) == ["due-soon"]
    await payer.passes(timedelta(hours=hours - warned))
    assert await announced(payer) == ["overdue", "proposed"]


async def test_nobody_is_warned_of_what_is_decided(payer: Running) -> None:
    await submits(payer, a_request(an_item("AD", 5)))
    answer = await decides(payer, outcome="approved", reason="Yes.")
    await announced(payer)

    await payer.passes(timedelta(days=10))

    assert await announced(payer) == []
    assert all(each["url"] != "urn:careloom:review-due" for each in answer.get("extension", ()))


async def test_the_time_is_extended_once_by_up_to_fourteen_days(payer: Running) -> None:
    await submits(payer, a_request(an_item("AD", 5)))
    await announced(payer)

    answer = await decides(payer, outcome="more-time", days="10")

    assert answer["extension"] == [{"url": "urn:careloom:review-due", "valueDateTime": "2026-05-28T13:00:00.000Z"}]
    await payer.passes(timedelta(days=8))
    assert "overdue" not in await announced(payer)
    with pytest.raises(Unprocessable):
        await decides(payer, outcome="more-time", days="1")


async def test_a_rule_decides_what_nobody_has(payer: Running) -> None:
    await submits(payer, a_request(an_item("98", 5)))

    await payer.passes(timedelta(hours=48))

    answer = await payer.one("ClaimResponse?")
    assert (answer["outcome"], actions(answer), approved(answer)) == ("complete", {1: "A6"}, {1: 2})


async def test_the_year_in_figures(payer: Running) -> None:
    await submits(payer, a_request(an_item("MH", 6), number="at-once"))
    await submits(payer, a_request(an_item("DM", 1), number="denied"))
    await submits(payer, a_request(an_item("98", 5), number="by-time"))
    await submits(payer, a_request(an_item("AD", 5), number="late", priority="stat"))
    await payer.passes(timedelta(days=4))
    await submits(payer, an_update(an_item("DM", 1), of="denied", extension=[certified("1")]))
    [appealed] = [each for each in await payer.search("ClaimResponse?") if each["outcome"] == "partial"]
    await payer.call("ClaimResponse", "$decide", appealed["id"], outcome="approved", reason="With the order it is.")

    found = await payer.store.view(lambda view: figures(clocks.records("2026", view)))

    assert found["standard"] == {
        "received": 3,
        "waiting": 0,
        "withdrawn": 0,
        "decided": 3,
        "by_action": {"A1": 1, "A3": 1, "A6": 1},
        "by_whom": {"rules": 2, "time": 1},
        "approved_percent": 66.67,
        "denied_percent": 33.33,
        "approved_after_appeal_percent": 100.0,
        "approved_after_extension_percent": None,
        "mean_hours": 16.0,
        "median_hours": 0.0,
        "missed": 0,
    }
    assert (found["expedited"]["waiting"], found["expedited"]["missed"], found["expedited"]["median_hours"]) == (1, 1, None)
    assert {"action": "A3", "reason": "Equipment is authorized with a physician's order only.", "number": 1} in found["reasons"]


async def test_what_is_overdue_is_a_task_of_somebody(payer: Running, town: Town) -> None:
    await submits(payer, a_request(an_item("AD", 5)))

    await payer.passes(timedelta(days=7))
    await town.carry()

    task = await town["careplan"].one("Task?")
    assert (task["priority"], task["status"]) == ("urgent", "requested")
