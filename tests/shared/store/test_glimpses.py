"""Looks that end with one resource's current version share statements."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.fhir.caller import LOCAL
from shared.store.connection import Params, Row
from shared.store.glimpses import Glimpses
from shared.store.view import TakesLonger, View

NOW = datetime(2026, 11, 23, tzinfo=UTC)


class Slow:
    """Knows plans by every id but `none`, and answers when it is told to."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []
        self.may_answer = asyncio.Event()
        self.breaks = False

    async def rows(self, sql: str, params: Params = ()) -> list[Row]:
        self.asked.append(tuple(params))
        await self.may_answer.wait()
        if self.breaks:
            raise ConnectionError("gone")
        return [(id, 1, 1, 0, False, 1, f"text of {id}") for id in dict.fromkeys(params[1:]) if id != "none"]

    async def close(self) -> None:
        self.may_answer.clear()


def text(id: str) -> Callable[[View], bytes | None]:
    def look(view: View) -> bytes | None:
        version = view.current("CarePlan", id)
        return version.text if version else None

    return look


async def begun(glimpses: Glimpses, *looks: Callable[[View], Any]) -> list[asyncio.Task[Any]]:
    tasks = [asyncio.create_task(glimpses.look(look, NOW, LOCAL)) for look in looks]
    for _ in range(3):
        await asyncio.sleep(0)
    return tasks


async def test_what_is_asked_for_while_a_statement_runs_is_the_next_ones() -> None:
    asking = Slow()
    glimpses = Glimpses(asking)

    first = await begun(glimpses, text("a"))
    later = await begun(glimpses, text("b"), text("none"), text("b"))
    asking.may_answer.set()

    assert await asyncio.gather(*first, *later) == [b"text of a", b"text of b", None, b"text of b"]
    assert asking.asked == [("CarePlan", "a"), ("CarePlan", "b", "none")]
    await glimpses.close()


async def test_one_who_goes_away_takes_nobody_along() -> None:
    asking = Slow()
    glimpses = Glimpses(asking)
    goes, stays = await begun(glimpses, text("a"), text("a"))

    goes.cancel()
    asking.may_answer.set()

    assert await stays == b"text of a"


@pytest.mark.parametrize(
    "look",
    [
        lambda view: view.connection,
        lambda view: view.version("CarePlan", "a", 1),
        lambda view: (view.current("CarePlan", "a"), view.current("CarePlan", "b")),
    ],
    ids=["a search", "an older version", "two resources"],
)
async def test_more_than_one_current_version_takes_longer(look: Callable[[View], Any]) -> None:
    asking = Slow()
    asking.may_answer.set()

    with pytest.raises(TakesLonger):
        await Glimpses(asking).look(look, NOW, LOCAL)


async def test_what_could_not_be_read_takes_longer() -> None:
    asking = Slow()
    asking.breaks = True
    asking.may_answer.set()

    with pytest.raises(TakesLonger):
        await Glimpses(asking).look(text("a"), NOW, LOCAL)
