"""A case waits in order of risk, and is given to somebody as soon as there is room: whatever made the room."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from services.intake import case_list
from services.intake.case_list import caseload
from shared.fhir.element import concept
from shared.fhir.refusal import Conflict
from shared.kernel.settings import Settings
from shared.service import Deployed
from tests.conftest import DATABASES
from tests.services.building import MANAGER, a_case, a_manager, a_manager_role, a_patient
from tests.services.town import Resource, Running

ADA = "Practitioner/ada"
CCM = concept("urn:careloom:credential", "CCM")


async def staffed(intake: Running, **capacities: int) -> None:
    """Certified managers by name, with their capacities."""
    for name, capacity in capacities.items():
        await intake.save(a_manager(id=name))
        await intake.save(a_manager_role(capacity, f"Practitioner/{name}"))


async def opened(intake: Running, patient: str, acuity: str = "high", **more: object) -> Resource:
    await intake.save(a_patient(id=patient))
    return await intake.call(
        "EpisodeOfCare", "$open", patient={"reference": f"Patient/{patient}"}, model="clinical", acuity=acuity, **more
    )


async def now(intake: Running, case: Resource) -> tuple[str, str]:
    found = await intake.read("EpisodeOfCare", case["id"]) or {}
    return found["status"], found.get("careManager", {}).get("reference", "")


async def shown(intake: Running) -> dict[str, Any]:
    return await intake.store.view(caseload)


@pytest.mark.parametrize("new_url", DATABASES, indirect=True)
async def test_openings_at_once_never_exceed_a_capacity(intake: Running) -> None:
    await staffed(intake, nadia=20, ada=13, ben=6)
    for number in range(30):
        await intake.save(a_patient(id=f"p{number}"))
    acuities = ("high", "low", "medium")

    cases = await asyncio.gather(
        *(
            intake.call(
                "EpisodeOfCare", "$open", patient={"reference": f"Patient/p{n}"}, model="clinical", acuity=acuities[n % 3]
            )
            for n in range(30)
        )
    )

    said = await shown(intake)
    for each in said["managers"]:
        assert sum(case["weight"] for case in each["cases"]) == each["weight"] <= each["capacity"]
    assert sum(len(each["cases"]) for each in said["managers"]) + len(said["waiting"]) == len(cases)
    await close_all(intake)
    assert [(each["weight"], each["cases"]) for each in (await shown(intake))["managers"]] == [(0, [])] * 3


async def close_all(intake: Running) -> None:
    """Until nobody is left: whoever waits comes in when another goes, and no capacity is exceeded on the way."""
    while carried := [case for each in (await shown(intake))["managers"] for case in each["cases"]]:
        ids = [case["case"].partition("/")[2] for case in carried]
        await asyncio.gather(*(intake.call("EpisodeOfCare", "$close", id, outcome="goals-met") for id in ids))
        assert all(each["weight"] <= each["capacity"] for each in (await shown(intake))["managers"])


async def test_a_capacity_that_is_raised_serves_who_waits(intake: Running) -> None:
    await staffed(intake, nadia=3)
    case = await opened(intake, "river")
    assert await now(intake, case) == ("waitlist", "")

    await intake.save(a_manager_role(6))

    assert await now(intake, case) == ("active", MANAGER)


async def test_a_manager_who_comes_back_is_given_what_waits(intake: Running) -> None:
    away = {"description": "on leave", "during": {"start": "2026-05-01", "end": "2026-05-20"}}
    await intake.save(a_manager())
    await intake.save(a_manager_role(notAvailable=[away]))
    case = await opened(intake, "river")
    assert (await shown(intake))["waiting"][0]["reason"] == f"{MANAGER}: on leave"

    await intake.passes(timedelta(days=9))
    assert await now(intake, case) == ("waitlist", "")
    await intake.passes(timedelta(days=1))

    assert await now(intake, case) == ("active", MANAGER)


async def test_who_is_certified_no_more_is_given_no_case_until_the_credential_is_renewed(intake: Running) -> None:
    await intake.save(a_manager(qualification=[{"code": CCM, "period": {"end": "2026-05-12"}}]))
    await intake.save(a_manager_role())
    before = await opened(intake, "river")
    await intake.passes(timedelta(days=2))
    after = await opened(intake, "brook")
    assert (await now(intake, before), await now(intake, after)) == (("active", MANAGER), ("waitlist", ""))
    assert (await shown(intake))["waiting"][0]["reason"] == "there is no case manager with CCM"

    await intake.save(a_manager(qualification=[{"code": CCM, "period": {"end": "2027-05-12"}}]))

    assert await now(intake, after) == ("active", MANAGER)


async def test_a_credential_that_begins_later_counts_from_then_on(intake: Running) -> None:
    await intake.save(a_manager(qualification=[{"code": CCM, "period": {"start": "2026-05-14"}}]))
    await intake.save(a_manager_role())
    case = await opened(intake, "river")

    await intake.passes(timedelta(days=3))

    assert await now(intake, case) == ("active", MANAGER)


async def test_a_light_case_does_not_pass_one_at_higher_risk(intake: Running) -> None:
    await staffed(intake, nadia=8)
    await opened(intake, "first")
    heavy, light = await opened(intake, "heavy"), await opened(intake, "light", "low")
    assert [case["reason"] for case in (await shown(intake))["waiting"]] == [
        "it weighs 6, the most room that anybody has is 2",
        "others at higher risk wait for the same room",
    ]

    await intake.save(a_manager_role(14))

    assert [await now(intake, heavy), await now(intake, light)] == [("active", MANAGER), ("active", MANAGER)]


async def test_the_manager_who_speaks_the_patients_language_is_chosen(intake: Running) -> None:
    await staffed(intake, nadia=60, ada=12)
    spanish = concept("urn:ietf:bcp:47", "es")
    await intake.save(a_manager(id="ada", communication=[spanish]))
    speaks = {"communication": [{"language": concept("urn:ietf:bcp:47", "es-MX"), "preferred": True}]}
    await intake.save(a_patient(id="rio", **speaks))

    case = await intake.call("EpisodeOfCare", "$open", patient={"reference": "Patient/rio"}, model="clinical", acuity="low")

    assert case["careManager"]["reference"] == ADA


async def test_a_case_is_assigned_by_hand(intake: Running) -> None:
    await staffed(intake, nadia=60, ada=6)
    case = await opened(intake, "river", manager={"reference": MANAGER})

    moved = await intake.call("EpisodeOfCare", "$assign", case["id"], manager={"reference": ADA})

    assert (moved["status"], moved["careManager"]["reference"]) == ("active", ADA)
    assert [(each["name"], each["weight"]) for each in (await shown(intake))["managers"]] == [("", 6), ("", 0)]


async def test_a_case_is_assigned_to_who_has_most_room(intake: Running) -> None:
    await staffed(intake, nadia=60, ada=6)
    case = await opened(intake, "river")

    moved = await intake.call("EpisodeOfCare", "$assign", case["id"])

    assert moved["careManager"]["reference"] == ADA
    await intake.save(a_manager_role(5, MANAGER))
    with pytest.raises(Conflict, match="nobody else has room"):
        await intake.call("EpisodeOfCare", "$assign", case["id"])


async def test_nobody_is_assigned_more_than_they_can_carry_or_may(intake: Running) -> None:
    await staffed(intake, nadia=60, ada=5)
    await intake.save(a_manager(id="pal", qualification=[{"code": {"text": "friendly"}}]))
    await intake.save(a_manager_role(60, "Practitioner/pal"))
    case = await opened(intake, "river")

    for manager, why in (
        (ADA, "carries 0 of 5"),
        ("Practitioner/pal", "not certified: CCM"),
        ("Practitioner/who", "no case manager"),
    ):
        with pytest.raises(Conflict, match=why):
            await intake.call("EpisodeOfCare", "$assign", case["id"], manager={"reference": manager})
    await intake.call("EpisodeOfCare", "$close", case["id"], outcome="goals-met")
    with pytest.raises(Conflict, match="nobody's any more"):
        await intake.call("EpisodeOfCare", "$assign", case["id"])


async def test_the_caseload_shows_who_carries_what(intake: Running) -> None:
    await staffed(intake, nadia=10)
    await intake.save(a_manager(name=[{"family": "Okafor", "given": ["Nadia"]}]))
    case = await opened(intake, "river")

    [manager] = (await shown(intake))["managers"]

    assert (manager["name"], manager["weight"], manager["capacity"], manager["room"]) == ("Nadia Okafor", 6, 10, 4)
    [carried] = manager["cases"]
    assert (carried["case"], carried["patient"], carried["weight"]) == (f"EpisodeOfCare/{case['id']}", "Patient/river", 6)


async def test_a_case_that_another_system_wrote_weighs_too(intake: Running) -> None:
    await staffed(intake, nadia=6)
    await intake.save(a_case("clinical", "high"))

    assert (await opened(intake, "brook"))["status"] == "waitlist"
    await intake.store.unit(lambda tx: tx.delete("EpisodeOfCare", "case"))

    assert (await shown(intake))["managers"][0]["weight"] == 6
    assert (await shown(intake))["waiting"] == []


async def test_at_every_start_caseloads_are_counted_anew(intake: Running) -> None:
    await staffed(intake, nadia=60)
    await opened(intake, "river")
    await intake.store.unit(lambda tx: tx.count(f"caseload {MANAGER}", 30))

    await intake.begin()

    assert (await shown(intake))["managers"][0]["weight"] == 6


async def test_the_caseload_is_a_page_beside_fhir(intake: Running, tmp_path: Path) -> None:
    await staffed(intake, nadia=60)
    pages = case_list.pages(Deployed(intake.service, intake.store, Settings(data_dir=tmp_path), intake.clock))
    transport = httpx.ASGITransport(Starlette(routes=pages))

    async with httpx.AsyncClient(transport=transport, base_url="http://intake.test") as http:
        answer = await http.get("/caseload")

    assert (answer.status_code, answer.json()["managers"][0]["capacity"]) == (200, 60)
