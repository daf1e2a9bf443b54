"""Many want the same hour of the same therapist."""

from __future__ import annotations

import asyncio
from collections import Counter

from deploy.demo.stack import Stack
from deploy.demo.stage import Refused, Resource, Stage


async def test_of_many_who_book_the_same_hour_at_once_one_gets_it(stack: Stack) -> None:
    async with stack.stage() as stage:
        answers = Counter(await asyncio.gather(*(book(stage, number) for number in range(20))))

        assert answers == {"booked": 1, "409": 19}
        assert len(await stage.search("Appointment?actor=Practitioner/wanted&status=booked")) == 1


async def book(stage: Stage, number: int) -> str:
    try:
        return str((await stage.operation("Appointment/$book", visit(number)))["status"])
    except Refused as refused:
        return str(refused.status)


def visit(number: int) -> Resource:
    actors = ("Practitioner/wanted", f"Patient/waiting-{number}")
    return {
        "resourceType": "Appointment",
        "id": f"rush-{number}",
        "status": "proposed",
        "start": "2027-03-01T09:00:00Z",
        "end": "2027-03-01T10:00:00Z",
        "participant": [{"actor": {"reference": actor}, "status": "accepted"} for actor in actors],
    }
