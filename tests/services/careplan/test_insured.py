"""A coverage ends: the manager hears of it two weeks before and when it has, once each, and not where it goes on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.services.building import Resource, a_coverage
from tests.services.careplan.test_alerts import at_work
from tests.services.town import Running

ENDS, ENDED = "Task?code=urn:careloom:task|coverage-ends", "Task?code=urn:careloom:task|coverage-ended"
FORTNIGHT_BEFORE = timedelta(days=16)
"""From 11 May to the 27th; the coverage lasts until 10 June."""


def ending(end: str = "2026-06-10", **elements: Any) -> Resource:
    return a_coverage(period={"start": "2026-01-01", "end": end}, **elements)


async def statuses(careplan: Running, query: str) -> list[str]:
    return sorted(task["status"] for task in await careplan.search(query))


async def test_it_is_told_a_fortnight_before_and_on_the_day_after(careplan: Running) -> None:
    await at_work(careplan)
    await careplan.hears("Coverage.created", ending(), times=2)
    await careplan.passes(FORTNIGHT_BEFORE - timedelta(days=1))
    assert await careplan.count(ENDS) == 0

    await careplan.passes(timedelta(days=1))
    task = await careplan.one(ENDS)
    assert (task["status"], task["focus"]) == ("requested", {"reference": "Coverage/primary"})

    await careplan.passes(timedelta(days=15))
    assert (await statuses(careplan, ENDS), await statuses(careplan, ENDED)) == (["cancelled"], ["requested"])


async def test_who_has_no_plan_yet_is_asked_about_it_when_the_plan_begins(careplan: Running) -> None:
    await careplan.hears("Coverage.created", ending("2026-05-20"))
    assert await careplan.count(ENDS) == 0

    await at_work(careplan)

    assert await statuses(careplan, ENDS) == ["requested"]


async def test_it_is_withdrawn_when_the_coverage_lasts_longer(careplan: Running) -> None:
    await at_work(careplan)
    await careplan.hears("Coverage.created", ending("2026-05-20"))

    await careplan.hears("Coverage.updated", ending("2026-12-31"), version=2)

    assert await statuses(careplan, ENDS) == ["cancelled"]


async def test_it_is_withdrawn_when_another_one_of_the_insurer_follows_and_nothing_is_said_at_the_end(careplan: Running) -> None:
    await at_work(careplan)
    await careplan.hears("Coverage.created", ending("2026-05-20"))

    await careplan.hears("Coverage.created", ending("2027-05-20", id="next"))
    await careplan.passes(timedelta(days=30))

    assert (await statuses(careplan, ENDS), await statuses(careplan, ENDED)) == (["cancelled"], [])


async def test_a_coverage_that_is_cancelled_has_ended(careplan: Running) -> None:
    await at_work(careplan)
    await careplan.hears("Coverage.created", ending("2026-12-31"))

    await careplan.hears("Coverage.lapsed", ending("2026-12-31", status="cancelled"), version=2)
    assert await statuses(careplan, ENDED) == ["requested"]

    await careplan.hears("Coverage.updated", ending("2026-12-31"), version=3)
    assert await statuses(careplan, ENDED) == ["cancelled"]
