"""create, as a client sees it."""

from __future__ import annotations

import httpx


async def test_a_created_resource_is_answered_with_its_place_and_version(client: httpx.AsyncClient) -> None:
    answer = await client.post("/Patient", json={"resourceType": "Patient", "id": "mine", "meta": {"source": "urn:x"}})

    id = answer.json()["id"]
    assert answer.status_code == 201, answer.text
    assert id != "mine"
    assert answer.headers["location"] == f"http://here.example/fhir/Patient/{id}/_history/1"
    assert answer.headers["etag"] == 'W/"1"'
    assert answer.headers["last-modified"].endswith("GMT")
    assert answer.json()["meta"]["source"] == "urn:x"
    assert (await client.get(f"/Patient/{id}")).content == answer.content


async def test_a_body_of_another_type_than_the_address_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.post("/Patient", json={"resourceType": "Observation"})

    assert answer.status_code == 400
    assert answer.json()["issue"][0]["expression"] == ["resourceType"]
