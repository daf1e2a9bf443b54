"""read and vread, whole or in part."""

from __future__ import annotations

import httpx
import pytest

PATIENT = {"resourceType": "Patient", "id": "p", "active": True, "name": [{"family": "Chalmers"}], "photo": [{"title": "Me"}]}


@pytest.fixture(autouse=True)
async def known(client: httpx.AsyncClient) -> None:
    assert (await client.put("/Patient/p", json=PATIENT)).status_code == 201


async def test_a_read_names_version_and_time(client: httpx.AsyncClient) -> None:
    answer = await client.get("/Patient/p")

    assert answer.status_code == 200
    assert answer.headers["etag"] == 'W/"1"'
    assert answer.headers["content-type"] == "application/fhir+json"
    assert answer.headers["x-request-id"]


async def test_who_has_it_already_gets_304(client: httpx.AsyncClient) -> None:
    first = await client.get("/Patient/p")

    by_tag = await client.get("/Patient/p", headers={"If-None-Match": first.headers["etag"]})
    by_time = await client.get("/Patient/p", headers={"If-Modified-Since": first.headers["last-modified"]})
    other = await client.get(
        "/Patient/p", headers={"If-None-Match": 'W/"7"', "If-Modified-Since": first.headers["last-modified"]}
    )

    assert (by_tag.status_code, by_tag.content) == (304, b"")
    assert by_time.status_code == 304
    assert other.status_code == 200


async def test_head_is_a_read_without_the_body(client: httpx.AsyncClient) -> None:
    answer = await client.head("/Patient/p")

    assert answer.status_code == 200
    assert answer.content == b""
    assert int(answer.headers["content-length"]) == len((await client.get("/Patient/p")).content)


async def test_what_is_unknown_is_404_and_what_was_deleted_is_410(client: httpx.AsyncClient) -> None:
    await client.delete("/Patient/p")

    unknown, deleted = await client.get("/Patient/q"), await client.get("/Patient/p")

    assert (unknown.status_code, deleted.status_code) == (404, 410)
    assert unknown.json()["resourceType"] == deleted.json()["resourceType"] == "OperationOutcome"
    assert (await client.get("/Patient/p/_history/1")).json()["name"] == PATIENT["name"]
    assert (await client.get("/Patient/p/_history/2")).status_code == 410


@pytest.mark.parametrize("version", ["2", "0", "x", "-1", "99999999999999999999"])
async def test_a_version_that_never_was_is_404(client: httpx.AsyncClient, version: str) -> None:
    assert (await client.get(f"/Patient/p/_history/{version}")).status_code == 404


async def test_a_part_is_given_and_marked(client: httpx.AsyncClient) -> None:
    part = (await client.get("/Patient/p?_elements=name")).json()
    summary = (await client.get("/Patient/p/_history/1?_summary=true")).json()

    assert set(part) == {"resourceType", "id", "meta", "name"}
    assert "photo" not in summary
    assert summary["meta"]["tag"][0]["code"] == "SUBSETTED"
    assert (await client.get("/Patient/p?_summary=some")).status_code == 400


async def test_pretty_is_the_same_for_people(client: httpx.AsyncClient) -> None:
    pretty = await client.get("/Patient/p?_pretty=true")

    assert b'\n  "active": true,\n' in pretty.content
    assert pretty.json() == (await client.get("/Patient/p")).json()


async def test_a_type_that_is_not_kept_here_is_404_with_its_owner(client: httpx.AsyncClient) -> None:
    answer = await client.get("/Claim/1")

    assert answer.status_code == 404
    assert "http://127.0.0.1:8002/fhir" in answer.text
    assert (await client.get("/Nonsense/1")).status_code == 404
    assert (await client.get("/Patient/p/too/deep/for/anything")).status_code == 404


@pytest.mark.parametrize("id", ["a_b", "x" * 65, "%00", "%F0%9F%92%8A"])
async def test_what_can_be_no_id_is_not_found(client: httpx.AsyncClient, id: str) -> None:
    assert (await client.get(f"/Patient/{id}")).status_code == 404
    assert (await client.get(f"/Patient/{id}/_history")).status_code == 404
    assert (await client.delete(f"/Patient/{id}")).status_code == 404


async def test_an_id_may_be_a_word_of_the_address_space(client: httpx.AsyncClient) -> None:
    assert (await client.put("/Patient/metadata", json={"resourceType": "Patient", "id": "metadata"})).status_code == 201
    assert (await client.get("/Patient/metadata")).json()["id"] == "metadata"
