"""A service value in, an application out: healthy, measured, traceable."""

from __future__ import annotations

import httpx
from prometheus_client.parser import text_string_to_metric_families


async def test_a_service_whose_broker_is_away_is_ready(http: httpx.AsyncClient) -> None:
    answer = await http.get("/readyz")

    assert answer.status_code == 200
    assert answer.json()["database"] == "ok"


async def test_readiness_shows_the_clock(http: httpx.AsyncClient) -> None:
    answer = await http.get("/readyz")

    assert answer.json()["clock"]["setting"] == "+2d"


async def test_the_backlog_is_shown_while_the_broker_is_away(http: httpx.AsyncClient) -> None:
    await http.post("/fhir/Patient", json={"resourceType": "Patient"})

    delivery = (await http.get("/readyz")).json()["delivery"]

    assert delivery["broker"] == "away"
    assert delivery["backlog"] == 1


async def test_a_process_that_lives_says_so(http: httpx.AsyncClient) -> None:
    assert (await http.get("/livez")).text == "ok"


async def test_requests_are_counted_by_interaction_and_status(http: httpx.AsyncClient) -> None:
    await http.post("/fhir/Patient", json={"resourceType": "Patient"})
    await http.get("/fhir/Patient/nobody")

    found = await measured(http, "careloom_requests")

    assert found[("create", "201")] == 1
    assert found[("read", "404")] == 1


async def test_the_outbox_and_the_writer_are_measured(http: httpx.AsyncClient) -> None:
    await http.post("/fhir/Patient", json={"resourceType": "Patient"})

    text = (await http.get("/metrics")).text

    assert "careloom_outbox_depth 1.0" in text
    assert "careloom_writer_group_units_count" in text


async def measured(http: httpx.AsyncClient, metric: str) -> dict[tuple[str, ...], float]:
    """The values of one metric by its labels, in alphabetical order of the labels' names."""
    text = (await http.get("/metrics")).text
    return {
        tuple(value for _, value in sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if family.name == metric and sample.name.endswith("_total")
    }
