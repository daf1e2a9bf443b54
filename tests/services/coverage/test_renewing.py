"""How an authorization stands, by its visits and its days."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from services.coverage.days import ALWAYS, Days
from services.coverage.renewing import standing
from tests.services.building import a_benefit, a_coverage, a_service, an_appointment, an_authorization, an_insurance_plan
from tests.services.town import Running

LAST = date(2026, 9, 9)
UNTIL = Days(last=LAST)


@pytest.mark.parametrize(
    ("used", "days_left", "expected"),
    [
        (0, 100, ""), (9, 100, ""), (10, 100, "running-out"), (12, 100, "used-up"), (13, 100, "used-up"),
        (0, 15, ""), (0, 14, "running-out"), (0, 0, "running-out"), (0, -1, "expired"), (12, -1, "expired"),
    ],
)  # fmt: skip
def test_it_runs_out_by_visits_or_by_days_whichever_comes_first(used: int, days_left: int, expected: str) -> None:
    assert standing(12, used, UNTIL, LAST - timedelta(days=days_left)) == expected


def test_what_lasts_for_ever_and_what_was_denied_do_not_run_out_by_their_days() -> None:
    assert standing(12, 0, ALWAYS, LAST) == ""
    assert standing(0, 0, UNTIL, LAST) == ""


def test_of_a_small_authorization_that_is_new_nobody_is_warned() -> None:
    assert standing(2, 0, ALWAYS, LAST) == ""
    assert standing(2, 1, ALWAYS, LAST) == "running-out"


async def stands(coverage: Running) -> list[str]:
    """What the versions of the only authorization said, oldest first, each once."""
    said = []
    for version in reversed(await coverage.store.view(lambda view: view.history("ClaimResponse", "authorization"))):
        text = version.text.decode()
        said.append(next((code for code in ("running-out", "used-up", "expired") if code in text), "in hand"))
    return list(dict.fromkeys(said))


async def test_time_alone_makes_an_authorization_run_out_and_expire(coverage: Running) -> None:
    await coverage.save(an_authorization(6))
    assert await stands(coverage) == ["in hand"]

    await coverage.passes(timedelta(days=106))  # from 11 May to 25 August
    assert await stands(coverage) == ["in hand"]
    await coverage.passes(timedelta(days=1))
    assert await stands(coverage) == ["in hand", "running-out"]
    await coverage.passes(timedelta(days=14))
    assert await stands(coverage) == ["in hand", "running-out"]
    await coverage.passes(timedelta(days=1))

    assert await stands(coverage) == ["in hand", "running-out", "expired"]


async def test_an_authorization_that_lasts_longer_by_now_does_not_run_out(coverage: Running) -> None:
    await coverage.save(an_authorization(6, preAuthPeriod={"end": "2026-05-20"}))
    assert await stands(coverage) == ["in hand", "running-out"]

    await coverage.save(an_authorization(6, preAuthPeriod={"end": "2026-12-20"}))

    assert "extension" not in await coverage.one("ClaimResponse?")


async def test_when_all_authorized_visits_took_place_the_insurer_is_asked_again(coverage: Running) -> None:
    await coverage.save(an_insurance_plan(a_benefit("MH", needs_authorization=True)))
    await coverage.save(a_coverage())
    await coverage.hears("ServiceRequest.created", a_service("MH", visits=8))
    before = await coverage.one("CoverageEligibilityResponse?status=active")

    for number in range(6):
        await coverage.hears("Appointment.fulfilled", an_appointment(f"v{number}", status="fulfilled"))

    answer = await coverage.one("CoverageEligibilityResponse?status=active")
    assert answer["id"] != before["id"]
    assert answer["disposition"].startswith("Covered after prior authorization")
    assert await coverage.count("Claim?") == 1
