"""history of a resource, a type and the whole service."""

from __future__ import annotations

import httpx


async def a_patient(client: httpx.AsyncClient, id: str, **elements: object) -> None:
    answer = await client.put(f"/Patient/{id}", json={"resourceType": "Patient", "id": id, **elements})
    assert answer.is_success, answer.text


async def test_a_history_has_every_version_newest_first_and_the_deletion(client: httpx.AsyncClient) -> None:
    await a_patient(client, "p")
    await a_patient(client, "p", active=True)
    await client.delete("/Patient/p")

    bundle = (await client.get("/Patient/p/_history")).json()

    assert bundle["type"] == "history"
    assert [entry["request"]["method"] for entry in bundle["entry"]] == ["DELETE", "PUT", "POST"]
    assert [entry["response"]["etag"] for entry in bundle["entry"]] == ['W/"3"', 'W/"2"', 'W/"1"']
    assert "resource" not in bundle["entry"][0]
    assert bundle["entry"][1]["resource"]["active"] is True


async def test_the_pages_of_a_history_join_without_gap(client: httpx.AsyncClient) -> None:
    for number in range(7):
        await a_patient(client, f"p{number}")
    seen: list[str] = []
    address: str | None = "/Patient/_history?_count=3"

    while address:
        bundle = (await client.get(address)).json()
        seen += [entry["resource"]["id"] for entry in bundle["entry"]]
        address = next((link["url"] for link in bundle["link"] if link["relation"] == "next"), None)

    assert seen == [f"p{number}" for number in reversed(range(7))]


async def test_the_history_of_all_holds_every_type(client: httpx.AsyncClient) -> None:
    await a_patient(client, "p")
    await client.post("/Task", json={"resourceType": "Task", "status": "draft", "intent": "order"})

    bundle = (await client.get("/_history")).json()

    assert [entry["resource"]["resourceType"] for entry in bundle["entry"]] == ["Task", "Patient"]


async def test_since_leaves_out_what_was_before(client: httpx.AsyncClient) -> None:
    await a_patient(client, "p")

    assert "entry" in (await client.get("/Patient/p/_history?_since=2000-01-01T00:00:00Z")).json()
    assert "entry" not in (await client.get("/Patient/p/_history?_since=2999-01-01")).json()
    assert "entry" not in (await client.get("/Patient/p/_history?_at=2000")).json()
    assert "entry" in (await client.get("/Patient/p/_history?_at=9999")).json()
    assert "entry" not in (await client.get("/Patient/p/_history?_at=0001-01-01")).json()
    assert (await client.get("/Patient/p/_history?_since=yesterday")).status_code == 400


async def test_what_was_never_known_has_no_history(client: httpx.AsyncClient) -> None:
    assert (await client.get("/Patient/nobody/_history")).status_code == 404
