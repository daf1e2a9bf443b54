"""A service value in, an application out: healthy, measured, traceable."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from shared.fhir.refusal import Unprocessable
from shared.kernel.meter import Meter
from shared.kernel.settings import Settings
from shared.runtime.app import build_app
from shared.service import Deployed
from shared.store.migrations import HEAD
from tests.shared.runtime.town.east.app import service


async def test_a_service_whose_broker_is_away_is_ready(http: httpx.AsyncClient) -> None:
    answer = await http.get("/readyz")

    assert answer.status_code == 200
    assert answer.json()["database"] == "ok"
    assert answer.json()["migration"] == HEAD


async def test_readiness_shows_the_clock(http: httpx.AsyncClient) -> None:
    answer = await http.get("/readyz")

    assert answer.json()["clock"]["setting"] == "+2d"


async def test_the_backlog_is_shown_while_the_broker_is_away(http: httpx.AsyncClient) -> None:
    await http.post("/fhir/Patient", json={"resourceType": "Patient"})

    delivery = await shown(http, lambda delivery: delivery["outbox"]["depth"] > 0)

    assert delivery["broker"] == "away"
    assert delivery["outbox"]["depth"] == 1


async def test_a_process_that_lives_says_so(http: httpx.AsyncClient) -> None:
    assert (await http.get("/livez")).text == "ok"


async def test_a_service_has_pages_of_its_own_and_says_its_refusals_in_fhir(settings: Settings) -> None:
    async def counter(request: Request) -> PlainTextResponse:
        if request.query_params:
            raise Unprocessable("nothing may be asked here")
        return PlainTextResponse("open")

    with_a_page = replace(service, pages=lambda deployed: [Route(f"/{deployed.service.name}/counter", counter)])
    app = build_app(with_a_page, settings)

    async with app.router.lifespan_context(app), talking_to(app) as http:
        assert (await http.get("/east/counter")).text == "open"
        refused = await http.get("/east/counter?why")

    assert (refused.status_code, refused.json()["issue"][0]["diagnostics"]) == (422, "nothing may be asked here")


async def test_a_part_runs_as_long_as_its_service(settings: Settings) -> None:
    happened: list[str] = []

    @asynccontextmanager
    async def listening(deployed: Deployed) -> AsyncIterator[None]:
        happened.append(f"{deployed.service.name} listens")
        yield
        await deployed.store.view(lambda view: view.current("Patient", "nobody"))
        happened.append("it stops while the store is open")

    app = build_app(replace(service, parts=(listening,)), settings)

    async with app.router.lifespan_context(app):
        assert happened == ["east listens"]
    assert happened == ["east listens", "it stops while the store is open"]


async def test_a_service_counts_what_is_its_own(settings: Settings) -> None:
    guests = Meter("careloom_guests", "Guests that came.", ("way",))
    nights = Meter("careloom_night_seconds", "How long a guest stayed.", kind="seconds")
    beds = Meter("careloom_free_beds", "Beds that are free.", kind="gauge")

    @asynccontextmanager
    async def opening(deployed: Deployed) -> AsyncIterator[None]:
        deployed.meters.count(guests, "by land", by=2)
        deployed.meters.time(nights, 0.3)
        deployed.meters.set(beds, 7)
        yield

    app = build_app(replace(service, parts=(opening,), meters=(guests, nights, beds)), settings)

    async with app.router.lifespan_context(app), talking_to(app) as http:
        assert await measured(http, "careloom_guests") == {("by land",): 2}
        shown = (await http.get("/metrics")).text
        assert "careloom_free_beds 7.0" in shown
        assert "careloom_night_seconds_count 1.0" in shown


async def test_requests_are_counted_by_interaction_and_status(http: httpx.AsyncClient) -> None:
    await http.post("/fhir/Patient", json={"resourceType": "Patient"})
    await http.get("/fhir/Patient/nobody")

    found = await measured(http, "careloom_requests")

    assert found[("create", "201")] == 1
    assert found[("read", "404")] == 1


async def test_the_outbox_is_measured(http: httpx.AsyncClient) -> None:
    await http.post("/fhir/Patient", json={"resourceType": "Patient"})

    await shown(http, lambda delivery: delivery["outbox"]["depth"] > 0)

    assert "careloom_outbox_depth 1.0" in (await http.get("/metrics")).text


async def test_the_writers_groups_are_measured(http: httpx.AsyncClient) -> None:
    await http.post("/fhir/Patient", json={"resourceType": "Patient"})

    assert "careloom_writer_group_units_count 0.0" not in (await http.get("/metrics")).text


async def test_an_operation_that_a_client_made_up_is_no_label(http: httpx.AsyncClient) -> None:
    await http.post("/fhir/Patient/$made-up", json={})

    assert "made-up" not in (await http.get("/metrics")).text


async def test_what_is_refused_beside_the_fhir_door_is_an_operation_outcome_too(http: httpx.AsyncClient) -> None:
    for method, path, status in (("GET", "/nothing", 404), ("GET", "/livez/", 404), ("DELETE", "/livez", 405)):
        answer = await http.request(method, path)

        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/fhir+json"
        assert answer.json()["resourceType"] == "OperationOutcome"


async def test_an_address_that_no_database_could_hold_is_refused(http: httpx.AsyncClient) -> None:
    for path in ("/admin/handovers/%00", "/admin/dead-letters?after=%00"):
        assert (await http.get(path)).status_code == 404


async def shown(http: httpx.AsyncClient, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """What readiness says of delivery, once it says something; delivery looks at itself once a second."""
    for _ in range(60):
        delivery: dict[str, Any] = (await http.get("/readyz")).json()["delivery"]
        if holds(delivery):
            return delivery
        await asyncio.sleep(0.05)
    raise AssertionError(delivery)


async def measured(http: httpx.AsyncClient, metric: str) -> dict[tuple[str, ...], float]:
    """The values of one metric by its labels, in alphabetical order of the labels' names."""
    text = (await http.get("/metrics")).text
    return {
        tuple(value for _, value in sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if family.name == metric and sample.name.endswith("_total")
    }


def talking_to(app: FastAPI) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1")
