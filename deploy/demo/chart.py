"""What the services have on file about the patient: asked for again each time, kept nowhere else."""

from __future__ import annotations

from dataclasses import dataclass

from .desk import ACTIVITY
from .stage import Resource, Stage

CASE, SERVICE = "urn:careloom:case", "urn:careloom:service-request"
THERAPIES = ("physical-therapy", "occupational-therapy", "neuropsychology")


@dataclass(frozen=True, slots=True)
class Chart:
    """`patient`: `Patient/…`."""

    stage: Stage
    patient: str

    async def coverages(self) -> bool:
        return len(await self.stage.search(f"Coverage?beneficiary={self.patient}&status=active")) == 2

    async def case(self) -> Resource:
        return (await self.stage.search(f"EpisodeOfCare?patient={self.patient}&type=urn:careloom:model|clinical"))[0]

    async def plan(self) -> Resource | None:
        found = await self.stage.search(f"CarePlan?identifier={CASE}|{(await self.case())['id']}")
        return found[0] if found else None

    async def the_plan(self) -> Resource:
        return await self.stage.until(self.plan, "plan")

    async def board(self) -> list[dict[str, object]]:
        plan = await self.the_plan()
        found = await self.stage.operation(f"CarePlan/{plan['id']}/$status")
        rows = [each["part"] for each in found["parameter"] if each["name"] == "activity"]
        return [{part["name"]: _value(part) for part in row} for row in rows]

    async def answered_board(self) -> list[dict[str, object]]:
        board = await self.board()
        answered = {str(row["coverage"]) for row in board if "coverage" in row}
        return board if len(board) and answered and answered <= {"covered", "approved", "not covered"} else []

    async def request(self, therapy: str) -> Resource | None:
        plan = await self.the_plan()
        found = await self.stage.search(f"ServiceRequest?based-on=CarePlan/{plan['id']}&code={ACTIVITY}|{therapy}")
        return found[0] if found else None

    async def agreed(self, therapy: str) -> int:
        request = await self.request(therapy) or {}
        row = next(row for row in await self.board() if row.get("reference") == f"ServiceRequest/{request['id']}")
        return int(str(row.get("visits", request["quantityQuantity"]["value"])))

    async def booked(self, therapy: str, number: int) -> list[Resource]:
        request = await self.request(therapy) or {}
        found = await self.stage.search(f"Appointment?based-on=ServiceRequest/{request['id']}&status=booked")
        return sorted(found, key=_start) if len(found) >= number else []

    async def next_visit_or_end(self) -> Resource | None:
        booked = await self.stage.search(f"Appointment?patient={self.patient}&status=booked")
        if booked:
            return min(booked, key=_start)
        requests = [await self.request(therapy) for therapy in THERAPIES]
        return {"all": "held"} if all(request and request["status"] == "completed" for request in requests) else None

    async def therapy_of(self, visit: Resource) -> str:
        request = await self.stage.read(visit["basedOn"][0]["reference"]) or {}
        return next(str(coding["code"]) for coding in request["code"]["coding"] if coding["system"] == ACTIVITY)

    async def number_of(self, visit: Resource) -> int:
        others = await self.stage.search(f"Appointment?based-on={visit['basedOn'][0]['reference']}")
        return 1 + sum(_start(other) < _start(visit) for other in others)

    async def counted(self, request: str, held: int) -> list[Resource]:
        found = await self.stage.search(f"ClaimResponse?identifier={SERVICE}|{request}&status=active&outcome=complete")
        found.sort(key=lambda answer: str(answer["created"]))
        return found if sum(numbers(answer)[0] for answer in found) == held else []

    async def end_state(self) -> dict[str, object]:
        """What is on file in the end, at whose it is."""
        cases = await self.stage.search(f"EpisodeOfCare?patient={self.patient}")
        plans = await self.stage.search(f"CarePlan?subject={self.patient}&identifier={CASE}|{cases[0]['id']}")
        appointments = await self.stage.search(f"Appointment?patient={self.patient}")
        requests = [each for therapy in THERAPIES if (each := await self.request(therapy))]
        tasks = await self.stage.search(f"Task?patient={self.patient}")
        answers = await self.stage.search(f"ClaimResponse?identifier={SERVICE}|{requests[-1]['id']}&status=active")
        return {
            "cases": [case["status"] for case in cases],
            "plans": [plan["status"] for plan in plans],
            "services": [request["status"] for request in requests],
            "visits": _tally(appointments),
            "open tasks": [task["description"] for task in tasks if task["status"] in ("draft", "requested", "in-progress")],
            "tasks": _tally([each | {"status": _kind(each)} for each in tasks]),
            "authorized visits": sorted(numbers(answer) for answer in answers),
        }


def numbers(answer: Resource) -> tuple[int, int]:
    """Used and approved visits of an authorization."""
    found = {
        each["category"]["coding"][0]["code"]: int(each["value"])
        for item in answer["item"]
        for each in item["adjudication"]
        if "value" in each
    }
    return found.get("used-visits", 0), found.get("approved-visits", 0)


def _start(visit: Resource) -> str:
    return str(visit["start"])


def _value(part: Resource) -> object:
    value = next((value for key, value in part.items() if key.startswith("value")), None)
    return value["reference"] if isinstance(value, dict) else value


def _kind(task: Resource) -> str:
    return str(task["code"]["coding"][0]["code"])


def _tally(resources: list[Resource]) -> dict[str, int]:
    statuses = [str(each["status"]) for each in resources]
    return {status: statuses.count(status) for status in sorted(set(statuses))}
