"""The board of a plan: each activity with its coverage and its visits."""

from __future__ import annotations

from typing import Any

from tests.services.building import an_answer, an_appointment, an_authorization
from tests.services.careplan.test_alerts import at_work
from tests.services.town import Running


async def the_row(careplan: Running, service: str) -> dict[str, Any]:
    plan = await careplan.one("CarePlan?")
    board = await careplan.call("CarePlan", "$status", plan["id"])
    rows = [each["part"] for each in board["parameter"] if each["name"] == "activity"]
    named = [{part["name"]: value for part in row for key, value in part.items() if key.startswith("value")} for row in rows]
    return next(row for row in named if row.get("reference") == {"reference": f"ServiceRequest/{service}"})


async def test_an_activity_shows_its_authorization_and_its_visits(careplan: Running) -> None:
    service = await at_work(careplan)
    await careplan.hears("CoverageEligibilityResponse.created", an_answer(service, needs_authorization=True))
    await careplan.hears("ClaimResponse.decided", an_authorization(6, used=1, request=service))
    for number, status in enumerate(("fulfilled", "noshow", "booked")):
        visit = an_appointment(f"v{number}", status=status, basedOn=[{"reference": f"ServiceRequest/{service}"}])
        await careplan.hears(f"Appointment.{status}", visit)

    row = await the_row(careplan, service)

    shown = {name: row[name] for name in ("coverage", "visits", "used", "left", "until", "sentence")}
    assert shown == {
        "coverage": "approved", "visits": 6, "used": 1, "left": 5, "until": "2026-09-09",
        "sentence": "Approved: 5 of 6 visits left, until 9 September 2026",
    }  # fmt: skip
    assert {name: row[f"visits-{name}"] for name in ("fulfilled", "noshow", "booked")} == {
        "fulfilled": 1,
        "noshow": 1,
        "booked": 1,
    }


async def test_an_activity_that_nobody_has_answered_about_is_unknown(careplan: Running) -> None:
    row = await the_row(careplan, await at_work(careplan))

    assert (row["coverage"], row["sentence"]) == ("unknown", "Unknown")
