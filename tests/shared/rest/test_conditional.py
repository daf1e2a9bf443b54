"""Conditional create, update, patch and delete."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest


@pytest.fixture
def store_url(database_url: str) -> str:
    return database_url


def a_patient(value: str = "1", **elements: Any) -> dict[str, Any]:
    return {"resourceType": "Patient", "identifier": [{"system": "urn:mrn", "value": value}], **elements}


IF_ABSENT = {"If-None-Exist": "identifier=urn:mrn|1"}


async def test_fifty_at_once_make_one(client: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(*(client.post("/Patient", json=a_patient(), headers=IF_ABSENT) for _ in range(50)))

    assert sorted(answer.status_code for answer in answers) == [200] * 49 + [201]
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert (await client.get("/Patient?identifier=urn:mrn|1")).json()["total"] == 1


async def test_a_create_that_several_match_is_refused(client: httpx.AsyncClient) -> None:
    for _ in range(2):
        await client.post("/Patient", json=a_patient())

    assert (await client.post("/Patient", json=a_patient(), headers=IF_ABSENT)).status_code == 412


async def test_criteria_that_mean_nothing_are_refused(client: httpx.AsyncClient) -> None:
    for criteria in ("nonsense=1", "?", "_format=json"):
        answer = await client.post("/Patient", json=a_patient(), headers={"If-None-Exist": criteria})
        assert answer.status_code == 400, criteria
    assert (await client.put("/Patient", json=a_patient())).status_code == 400
    assert (await client.delete("/Patient")).status_code == 400


async def test_an_update_finds_its_resource_or_makes_it(client: httpx.AsyncClient) -> None:
    address = "/Patient?identifier=urn:mrn|1"

    created = await client.put(address, json=a_patient())
    changed = await client.put(address, json=a_patient(active=True))
    contradicting = await client.put(address, json=a_patient(id="other"))

    assert (created.status_code, changed.status_code, contradicting.status_code) == (201, 200, 400)
    assert changed.json()["id"] == created.json()["id"]


async def test_an_update_that_finds_nothing_takes_the_id_of_the_body(client: httpx.AsyncClient) -> None:
    answer = await client.put("/Patient?identifier=urn:mrn|7", json=a_patient("7", id="seven"))
    taken = await client.put("/Patient?identifier=urn:mrn|8", json=a_patient("8", id="seven"))

    assert (answer.status_code, answer.json()["id"]) == (201, "seven")
    assert taken.status_code == 409


async def test_a_deletion_finds_one_or_none_but_not_many(client: httpx.AsyncClient) -> None:
    for value in ("1", "2", "2"):
        await client.post("/Patient", json=a_patient(value))

    assert (await client.delete("/Patient?identifier=urn:mrn|1")).status_code == 204
    assert (await client.delete("/Patient?identifier=urn:mrn|1")).status_code == 404
    assert (await client.delete("/Patient?identifier=urn:mrn|2")).status_code == 412


async def test_a_patch_finds_one(client: httpx.AsyncClient) -> None:
    await client.post("/Patient", json=a_patient())

    answer = await client.patch("/Patient?identifier=urn:mrn|1", json={"active": False})

    assert (answer.status_code, answer.json()["active"]) == (200, False)
    assert (await client.patch("/Patient?identifier=urn:mrn|2", json={"active": False})).status_code == 404
