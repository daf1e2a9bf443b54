"""Copies of what others own are there to be read."""

from __future__ import annotations

import httpx
import pytest

from shared.kernel.clock import system_now
from shared.store.store import Store
from shared.store.transaction import Transaction
from shared.store.version import Version

TEXT = b'{"resourceType":"Organization","id":"o","meta":{"versionId":"4"},"name":"Clinic"}'


@pytest.fixture(autouse=True)
async def copied(store: Store) -> None:
    def copy(tx: Transaction) -> None:
        tx.copy(Version("Organization", "o", 4, system_now(), TEXT))

    await store.unit(copy)


async def test_a_copy_is_read_and_found(client: httpx.AsyncClient) -> None:
    answer = await client.get("/Organization/o")
    found = (await client.get("/Organization?name=clinic")).json()

    assert (answer.content, answer.headers["etag"]) == (TEXT, 'W/"4"')
    assert found["entry"][0]["fullUrl"] == "http://here.example/fhir/Organization/o"
    assert (await client.get("/Organization/o/_history/4")).status_code == 200


async def test_a_write_names_the_owner(client: httpx.AsyncClient) -> None:
    body = {"resourceType": "Organization", "id": "o", "name": "Mine"}
    answers = (
        await client.post("/Organization", json=body),
        await client.put("/Organization/o", json=body),
        await client.patch("/Organization/o", json={"name": "Mine"}),
        await client.delete("/Organization/o"),
        await client.delete("/Organization?name=clinic"),
    )

    for answer in answers:
        assert answer.status_code == 405
        assert answer.headers["allow"] == "GET, HEAD"
        assert "http://127.0.0.1:8002/fhir" in answer.json()["issue"][0]["diagnostics"]


async def test_the_history_of_a_copy_is_at_its_owner(client: httpx.AsyncClient) -> None:
    answer = await client.get("/Organization/o/_history")

    assert answer.status_code == 404
    assert "http://127.0.0.1:8002/fhir" in answer.text
