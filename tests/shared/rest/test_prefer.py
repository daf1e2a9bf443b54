"""What the client would rather be answered."""

from __future__ import annotations

import httpx
import pytest

GOAL = {
    "resourceType": "Goal",
    "lifecycleStatus": "active",
    "description": {"text": "walk to the bakery"},
    "subject": {"reference": "Patient/p"},
}


async def goal(client: httpx.AsyncClient, prefer: str) -> httpx.Response:
    answer = await client.post("/Goal", json=GOAL, headers={"Prefer": prefer})
    assert answer.status_code == 201, answer.text
    return answer


async def test_minimal_is_no_body(client: httpx.AsyncClient) -> None:
    answer = await goal(client, "return=minimal")

    assert answer.content == b""
    assert answer.headers["location"]


async def test_an_outcome_holds_what_the_rules_warn_of(client: httpx.AsyncClient) -> None:
    answer = await goal(client, "return=OperationOutcome")

    assert answer.json()["issue"][0]["severity"] == "warning"
    assert answer.json()["issue"][0]["expression"] == ["Goal.startDate"]


@pytest.mark.parametrize("prefer", ["", "return=representation", "return=presentation", "respond-async, return=representation"])
async def test_else_the_resource_is_answered_and_warnings_stand_in_a_header(client: httpx.AsyncClient, prefer: str) -> None:
    answer = await goal(client, prefer)

    assert answer.json()["resourceType"] == "Goal"
    assert "should say when it was set" in answer.headers["warning"]


async def test_a_rule_refuses_with_the_element_to_blame(client: httpx.AsyncClient) -> None:
    answer = await client.post("/Goal", json=GOAL | {"description": {"text": "impossible"}})

    assert answer.status_code == 422
    assert answer.json()["issue"][0]["expression"] == ["Goal.description"]
