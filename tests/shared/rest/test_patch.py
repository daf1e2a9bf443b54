"""Three kinds of patch."""

from __future__ import annotations

from typing import Any

import httpx
import pytest


@pytest.fixture(autouse=True)
async def known(client: httpx.AsyncClient) -> None:
    body = b'{"resourceType":"Observation","id":"o","status":"final","code":{"text":"weight"},"valueQuantity":{"value":70.50}}'
    assert (await client.put("/Observation/o", content=body)).status_code == 201


async def patched(client: httpx.AsyncClient, patch: Any, type: str, **headers: str) -> httpx.Response:
    return await client.patch("/Observation/o", json=patch, headers={"Content-Type": type, **headers})


TO_AMENDED = [{"op": "replace", "path": "/status", "value": "amended"}]


async def test_a_json_patch_leaves_every_other_character(client: httpx.AsyncClient) -> None:
    answer = await patched(client, TO_AMENDED, "application/json-patch+json")

    assert answer.status_code == 200
    assert answer.headers["etag"] == 'W/"2"'
    assert answer.json()["status"] == "amended"
    assert b"70.50" in answer.content


async def test_a_fhirpath_patch_is_a_parameters_resource(client: httpx.AsyncClient) -> None:
    parts = [
        {"name": "type", "valueCode": "replace"},
        {"name": "path", "valueString": "Observation.status"},
        {"name": "value", "valueCode": "amended"},
    ]
    patch = {"resourceType": "Parameters", "parameter": [{"name": "operation", "part": parts}]}

    assert (await patched(client, patch, "application/fhir+json")).json()["status"] == "amended"


@pytest.mark.parametrize("type", ["application/json", "application/merge-patch+json"])
async def test_a_merge_patch_replaces_and_removes(client: httpx.AsyncClient, type: str) -> None:
    answer = await patched(client, {"status": "amended", "valueQuantity": None}, type)

    assert answer.json()["status"] == "amended"
    assert "valueQuantity" not in answer.json()


async def test_a_test_that_fails_is_422(client: httpx.AsyncClient) -> None:
    patch = [{"op": "test", "path": "/status", "value": "preliminary"}, *TO_AMENDED]

    assert (await patched(client, patch, "application/json-patch+json")).status_code == 422


async def test_the_result_goes_through_the_gate(client: httpx.AsyncClient) -> None:
    assert (await patched(client, {"status": "wonderful"}, "application/json")).status_code == 422
    assert (await patched(client, {"status": None}, "application/json")).status_code == 422
    assert (await patched(client, {"id": "other"}, "application/json")).status_code == 422
    assert (await patched(client, {"wrong": 1}, "application/json")).status_code == 400


async def test_a_patch_does_not_make_a_resource_larger_than_a_body_may_be(client: httpx.AsyncClient) -> None:
    note = [{"text": "x" * 150_000}]
    statuses = [
        (await patched(client, [{"op": "add", "path": "/note", "value": note}], "application/json-patch+json")).status_code
    ]
    while statuses[-1] == 200:
        more = [{"op": "copy", "from": "/note/0", "path": "/note/-"}]
        statuses.append((await patched(client, more, "application/json-patch+json")).status_code)

    current = await client.get("/Observation/o")

    assert statuses[-1] == 413
    assert current.headers["etag"] == f'W/"{len(statuses)}"'
    assert len(current.content) <= 2_000_000


async def test_preconditions_and_absence_are_looked_at(client: httpx.AsyncClient) -> None:
    json_patch = "application/json-patch+json"

    assert (await patched(client, TO_AMENDED, json_patch, **{"If-Match": 'W/"2"'})).status_code == 412
    assert (await client.patch("/Observation/none", json={"status": "final"})).status_code == 404
    assert (await patched(client, TO_AMENDED, "application/fhir+xml")).status_code == 415
    await client.delete("/Observation/o")
    assert (await patched(client, TO_AMENDED, json_patch)).status_code == 410
