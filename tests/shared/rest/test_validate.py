"""$validate says everything that is wrong, and stores nothing."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

GOAL = {
    "resourceType": "Goal",
    "lifecycleStatus": "active",
    "description": {"text": "walk"},
    "subject": {"reference": "Patient/p"},
    "startDate": "2026-11-01",
}


async def issues(client: httpx.AsyncClient, path: str, body: Any) -> list[dict[str, Any]]:
    answer = await client.post(path, json=body)
    assert answer.status_code == 200, answer.text
    assert answer.json()["resourceType"] == "OperationOutcome"
    found: list[dict[str, Any]] = answer.json()["issue"]
    return [issue for issue in found if issue["severity"] != "information"]


def parameters(resource: Any = None, **codes: str) -> dict[str, Any]:
    entries: list[dict[str, Any]] = [{"name": name, "valueCode": value} for name, value in codes.items()]
    return {
        "resourceType": "Parameters",
        "parameter": entries + ([{"name": "resource", "resource": resource}] if resource else []),
    }


async def test_what_is_right_is_right(client: httpx.AsyncClient) -> None:
    assert await issues(client, "/Goal/$validate", GOAL) == []
    assert (await client.get("/Goal")).json()["total"] == 0


async def test_there_is_an_issue_for_each_defect(client: httpx.AsyncClient) -> None:
    wrong = {"resourceType": "Patient", "gender": "foo", "birthDate": "2023-02-30", "wrong": 1}

    found = await issues(client, "/Patient/$validate", wrong)

    errors = {issue["expression"][0] for issue in found if issue["severity"] == "error"}
    assert errors >= {"Patient.gender", "Patient.birthDate"}
    assert any("wrong" in issue["diagnostics"] for issue in found)


async def test_the_rules_of_the_service_are_asked(client: httpx.AsyncClient) -> None:
    found = await issues(client, "/Goal/$validate", GOAL | {"description": {"text": "impossible"}})

    assert [issue["expression"] for issue in found] == [["Goal.description"]]


@pytest.mark.parametrize(
    ("path", "mode", "resource", "right"),
    [
        ("/Goal/$validate", "create", GOAL, True),
        ("/Goal/g/$validate", "create", GOAL, False),
        ("/Goal/$validate", "update", GOAL, False),
        ("/Goal/g/$validate", "update", GOAL | {"id": "g"}, True),
        ("/Goal/g/$validate", "update", GOAL | {"id": "h"}, False),
        ("/Goal/g/$validate", "delete", None, True),
        ("/Goal/$validate", "delete", None, False),
    ],
)
async def test_a_mode_asks_for_more(client: httpx.AsyncClient, path: str, mode: str, resource: Any, right: bool) -> None:
    found = await issues(client, path, parameters(resource, mode=mode))

    assert (found == []) is right


async def test_a_profile_that_is_not_known_is_not_said_to_be_met(client: httpx.AsyncClient) -> None:
    base = "http://hl7.org/fhir/StructureDefinition/Goal"

    assert await issues(client, f"/Goal/$validate?profile={base}", GOAL) == []
    assert len(await issues(client, "/Goal/$validate?profile=http://x.example/mine", GOAL)) == 1


async def test_what_is_stored_can_be_validated(client: httpx.AsyncClient) -> None:
    await client.put("/Goal/g", json=GOAL | {"id": "g"})

    assert (await client.get("/Goal/g/$validate")).json()["issue"][0]["severity"] == "information"
    assert (await client.get("/Goal/none/$validate")).status_code == 404


async def test_a_stored_number_is_no_defect(client: httpx.AsyncClient) -> None:
    weight = b'{"resourceType":"Observation","id":"o","status":"final","code":{"text":"w"},"valueQuantity":{"value":70.50}}'
    assert (await client.put("/Observation/o", content=weight)).status_code == 201

    assert [issue["severity"] for issue in (await client.get("/Observation/o/$validate")).json()["issue"]] == ["information"]


async def test_a_request_that_is_broken_is_refused(client: httpx.AsyncClient) -> None:
    assert (await client.post("/Goal/$validate", content=b"{")).status_code == 400
    assert (await client.post("/Goal/$validate")).status_code == 400
    assert (await client.post("/Goal/$validate?mode=guess", json=GOAL)).status_code == 400
    assert len(await issues(client, "/Goal/$validate", {"resourceType": "Patient"})) >= 1


@pytest.mark.parametrize(
    "parameter",
    [
        "x",
        [0],
        [[]],
        [{"name": "resource", "resource": "x"}],
        [{"name": "resource"}],
        [{"name": "mode", "valueCoding": {"code": "create"}}, {"name": "resource", "resource": GOAL}],
        [{"name": "mode", "valueCode": []}],
        [{"valueCode": "create"}],
    ],
)
async def test_parameters_that_are_none_are_refused(client: httpx.AsyncClient, parameter: Any) -> None:
    answer = await client.post("/Goal/$validate", json={"resourceType": "Parameters", "parameter": parameter})

    assert answer.status_code in (400, 422), answer.text


@pytest.mark.parametrize("resource", [{}, {"resourceType": 5}, {"resourceType": []}, {"resourceType": "Nonsense"}])
async def test_what_is_hardly_a_resource_has_an_issue(client: httpx.AsyncClient, resource: Any) -> None:
    body = {"resourceType": "Parameters", "parameter": [{"name": "resource", "resource": resource}]}

    assert await issues(client, "/Goal/$validate", body)


async def test_what_the_models_stumble_over_is_said_by_the_gate(client: httpx.AsyncClient) -> None:
    found = await issues(client, "/Goal/$validate", {**GOAL, "_lifecycleStatus": "1"})

    assert any(issue["severity"] == "error" for issue in found)
