"""update, as create too, with preconditions."""

from __future__ import annotations

import asyncio

import httpx
import pytest


async def put(client: httpx.AsyncClient, active: bool, **headers: str) -> httpx.Response:
    body = {"resourceType": "Patient", "id": "p", "active": active}
    return await client.put("/Patient/p", json=body, headers={name.replace("_", "-"): value for name, value in headers.items()})


async def test_an_update_creates_what_is_not_there_and_then_changes_it(client: httpx.AsyncClient) -> None:
    created, changed = await put(client, True), await put(client, False)

    assert (created.status_code, changed.status_code) == (201, 200)
    assert changed.headers["etag"] == 'W/"2"'
    assert changed.headers["location"] == "http://here.example/fhir/Patient/p/_history/2"


async def test_the_same_again_is_no_new_version(client: httpx.AsyncClient) -> None:
    await put(client, True)

    again = await put(client, True)

    assert again.status_code == 200
    assert again.headers["etag"] == 'W/"1"'


async def test_what_was_deleted_comes_back(client: httpx.AsyncClient) -> None:
    await put(client, True)
    await client.delete("/Patient/p")

    assert (await put(client, True)).status_code == 201
    assert (await client.get("/Patient/p")).headers["etag"] == 'W/"3"'


@pytest.mark.parametrize(
    "body", [{"resourceType": "Patient"}, {"resourceType": "Patient", "id": "q"}, {"resourceType": "Task", "id": "p"}]
)
async def test_an_id_or_type_that_contradicts_the_address_is_refused(client: httpx.AsyncClient, body: dict[str, str]) -> None:
    assert (await client.put("/Patient/p", json=body)).status_code == 400


async def test_an_id_that_is_none_is_refused(client: httpx.AsyncClient) -> None:
    assert (await client.put("/Patient/a_b", json={"resourceType": "Patient", "id": "a_b"})).status_code == 400


async def test_if_match_lets_only_who_knows_the_version(client: httpx.AsyncClient) -> None:
    assert (await put(client, True, If_Match='W/"1"')).status_code == 412
    await put(client, True)

    assert (await put(client, False, If_Match='W/"2"')).status_code == 412
    assert (await put(client, False, If_Match='W/"3", W/"1"')).status_code == 200
    assert (await put(client, True, If_None_Match="*")).status_code == 412


async def test_of_twenty_who_know_the_version_one_wins(client: httpx.AsyncClient) -> None:
    await put(client, True)

    async def contend(number: int) -> int:
        body = {"resourceType": "Patient", "id": "p", "name": [{"family": f"N{number}"}]}
        return (await client.put("/Patient/p", json=body, headers={"If-Match": 'W/"1"'})).status_code

    statuses = await asyncio.gather(*(contend(number) for number in range(20)))

    assert sorted(statuses) == [200] + [412] * 19


async def test_a_deletion_is_silent_about_what_was_never_there(client: httpx.AsyncClient) -> None:
    await put(client, True)

    assert (await client.delete("/Patient/p", headers={"If-Match": 'W/"9"'})).status_code == 412
    assert [(await client.delete("/Patient/p")).status_code for _ in range(2)] == [204, 204]
    assert (await client.delete("/Patient/never")).status_code == 204
