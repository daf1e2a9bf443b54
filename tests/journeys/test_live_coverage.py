"""From a change in one service to what the plan shows in another, over real processes and a real broker.

Nothing is asserted of the time; it is printed (`pytest -s`), from the answer to the write until the board shows it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any

from deploy.demo.stack import Stack
from deploy.demo.stage import Stage
from tests.services.building import a_benefit, a_coverage, a_plan, a_service, an_appointment, an_insurance_plan

Resource = dict[str, Any]
Write = Callable[[], Awaitable[object]]

PATIENT = {"reference": "Patient/live"}
PLAN = "CarePlan/live"
A_DAY = datetime(2026, 5, 11, 13, tzinfo=UTC)
"""Or later, where the clock of the stack has gone on."""


def a_live_service(name: str, category: str, visits: int = 6, **elements: Any) -> Resource:
    return a_service(category, visits, id=f"live-{name}", subject=PATIENT, basedOn=[{"reference": PLAN}], **elements)


def a_live_plan(*services: str, **elements: Any) -> Resource:
    activity = [{"reference": {"reference": f"ServiceRequest/live-{name}"}} for name in services]
    return a_plan(id="live", subject=PATIENT, activity=activity, **elements) | {"identifier": [{"value": "live"}]}


def a_live_coverage(insurer: str, order: int, **elements: Any) -> Resource:
    payor = [{"reference": f"Organization/live-{insurer}"}]
    made = a_coverage(id=f"live-{insurer}", beneficiary=PATIENT, payor=payor, order=order, **elements)
    return {name: value for name, value in made.items() if name != "period"}


def a_live_insurance_plan(insurer: str, *benefits: Resource) -> Resource:
    return an_insurance_plan(*benefits, id=f"live-{insurer}", ownedBy={"reference": f"Organization/live-{insurer}"})


async def test_whatever_changes_the_plan_shows_it(stack: Stack) -> None:
    async with stack.stage() as stage:
        stage.move_to(A_DAY)
        first = (a_benefit("PT"), a_benefit("MH", needs_authorization=True))
        await stage.put(a_live_insurance_plan("first", *first))
        await stage.put(a_live_insurance_plan("second", a_benefit("PT"), a_benefit("AD")))
        await stage.put(a_live_service("pt", "PT", status="draft"))
        await stage.put(a_live_service("mh", "MH", 8, status="draft"))
        await stage.put(a_live_plan("pt", "mh", status="draft"))

        async def coverages() -> None:
            await stage.put(a_live_coverage("first", 1))
            await stage.put(a_live_coverage("second", 2))

        approved = "Approved: 6 of 6 visits left"
        await shown(stage, "a coverage later than the plan", coverages, pt="Covered: 6 visits to come", mh=approved)
        drafted = await answers(stage)
        await shown(stage, "activation", lambda: stage.operation(f"{PLAN}/$activate"), but_not=drafted, mh=approved)

        async def new_activity() -> None:
            await stage.put(a_live_service("ot", "AD", status="active"))
            await stage.put(a_live_plan("pt", "mh", "ot"))

        await shown(stage, "a new activity, paid by the second insurer", new_activity, ot="Covered: 6 visits to come")
        fewer = a_live_service("pt", "PT", 4)
        await shown(stage, "a changed activity", lambda: stage.put(fewer), pt="Covered: 4 visits to come")

        async def visits() -> None:
            for number in range(6):
                await stage.put(a_live_visit(number, stage.now))

        await shown(stage, "six visits: used up", visits, mh="Authorization needed: none of 6 visits left")
        back = a_live_visit(5, stage.now) | {"status": "entered-in-error"}
        await shown(stage, "a correction", lambda: stage.put(back), mh="Approved: 1 of 6 visits left")

        lapsed = a_live_coverage("first", 1) | {"status": "cancelled"}
        await shown(stage, "a lapsed coverage", lambda: stage.put(lapsed), mh="Not covered", pt="Covered: 4 visits to come")
        other = a_live_coverage("second", 2) | {"status": "cancelled"}
        await shown(stage, "the last one lapsed", lambda: stage.put(other), pt="Unknown", mh="Unknown", ot="Unknown")


def a_live_visit(number: int, now: datetime) -> Resource:
    start = now.replace(microsecond=0) + timedelta(days=number)
    times = {"start": start.isoformat(), "end": (start + timedelta(minutes=45)).isoformat()}
    participant = [{"actor": PATIENT, "status": "accepted"}]
    based_on = [{"reference": "ServiceRequest/live-mh"}]
    return an_appointment(f"live-{number}", status="fulfilled", **times, basedOn=based_on, participant=participant)


async def shown(stage: Stage, what: str, write: Write, *, but_not: frozenset[str] = frozenset(), **sentences: str) -> None:
    """Do it, and wait until the plan shows it, each activity by the beginning of its sentence: by other answers than these."""
    await write()
    began = monotonic()

    async def is_shown() -> bool:
        board = await sentences_of(stage)
        as_it_should = all(board.get(name, "").startswith(sentence) for name, sentence in sentences.items())
        return as_it_should and (not but_not or but_not.isdisjoint(await answers(stage)))

    await stage.until(is_shown, f"{sentences} after {what}")
    print(f"{what}: shown after {(monotonic() - began) * 1000:.0f} ms")


async def answers(stage: Stage) -> frozenset[str]:
    """The insurers' answers that careplan goes by."""
    found = await stage.search(f"CoverageEligibilityResponse?patient={PATIENT['reference']}&status=active", "careplan")
    return frozenset(each["id"] for each in found)


async def sentences_of(stage: Stage) -> dict[str, str]:
    board = await stage.operation(f"{PLAN}/$status")
    rows = [each["part"] for each in board["parameter"] if each["name"] == "activity"]
    named = [{part["name"]: part for part in row} for row in rows]
    return {
        row["reference"]["valueReference"]["reference"].rpartition("-")[2]: row["sentence"]["valueString"]
        for row in named
        if "sentence" in row
    }
