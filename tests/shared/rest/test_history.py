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
    assert [entry["request"]["method"] for entry in bundle["entry"]] == ["DELETE", "PUT", "PUT"]
    assert [entry["response"]["etag"] for entry in bundle["entry"]] == ['W/"3"', 'W/"2"', 'W/"1"']
    assert "resource" not in bundle["entry"][0]
    assert bundle["entry"][1]["resource"]["active"] is True


async def test_a_history_tells_who_chose_the_id_and_what_was_made_anew(client: httpx.AsyncClient) -> None:
    given = (await client.post("/Patient", json={"resourceType": "Patient"})).json()["id"]
    await a_patient(client, "p")
    await client.delete("/Patient/p")
    await a_patient(client, "p")
    await a_patient(client, "p", active=True)

    async def what_was_done(address: str) -> list[str]:
        entries = (await client.get(address)).json()["entry"]
        return [" ".join((*entry["request"].values(), entry["response"]["status"])) for entry in entries]

    of_one = ["PUT Patient/p 200 OK", "PUT Patient/p 201 Created", "DELETE Patient/p 204 No Content", "PUT Patient/p 201 Created"]
    assert await what_was_done("/Patient/p/_history") == of_one
    assert await what_was_done("/Patient/_history") == [*of_one, "POST Patient 201 Created"]
    assert await what_was_done(f"/Patient/{given}/_history") == ["POST Patient 201 Created"]


async def test_the_total_of_a_resource_s_history_counts_every_page(client: httpx.AsyncClient) -> None:
    await a_patient(client, "other")
    for active in (True, False, True):
        await a_patient(client, "p", active=active)

    assert (await client.get("/Patient/p/_history?_count=1")).json()["total"] == 3
    assert (await client.get("/Patient/p/_history?_since=2999")).json()["total"] == 0


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
