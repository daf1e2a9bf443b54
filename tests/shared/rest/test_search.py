"""search through the door: forms of asking, links, parts, and what is not understood."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.shared.rest.conftest import Asked


@pytest.fixture(autouse=True)
async def known(client: httpx.AsyncClient) -> None:
    for number in range(5):
        body = {"resourceType": "Patient", "id": f"p{number}", "name": [{"family": "Chalmers", "text": "C"}], "active": True}
        assert (await client.put(f"/Patient/p{number}", json=body)).status_code == 201
    task = {"resourceType": "Task", "id": "t", "status": "draft", "intent": "order", "for": {"reference": "Patient/p1"}}
    assert (await client.put("/Task/t", json=task)).status_code == 201


def links(bundle: dict[str, Any]) -> dict[str, str]:
    return {link["relation"]: link["url"] for link in bundle["link"]}


def ids(bundle: dict[str, Any], mode: str = "match") -> list[str]:
    return [entry["resource"]["id"] for entry in bundle.get("entry", ()) if entry["search"]["mode"] == mode]


async def test_a_search_answers_a_page_and_the_way_to_the_next(client: httpx.AsyncClient) -> None:
    first = (await client.get("/Patient?family=chalmers&_count=2&_sort=_id")).json()
    second = (await client.get(links(first)["next"])).json()

    assert (first["type"], first["total"]) == ("searchset", 5)
    assert (ids(first), ids(second)) == (["p0", "p1"], ["p2", "p3"])
    assert first["entry"][0]["fullUrl"] == "http://here.example/fhir/Patient/p0"
    assert links(first)["self"].startswith("http://here.example/fhir/Patient?family=chalmers")


@pytest.mark.parametrize("path", ["/Patient/_search", "/_search?_type=Patient"])
async def test_a_posted_form_is_the_same_search(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.post(path, data={"_id": "p1,p2", "_sort": "_id"})

    assert ids(answer.json()) == ["p1", "p2"]


async def test_the_whole_system_can_be_searched(client: httpx.AsyncClient) -> None:
    found = (await client.get("http://here.example/fhir?_type=Patient,Task&_id=t,p1")).json()

    assert sorted(ids(found)) == ["p1", "t"]


async def test_includes_follow_the_matches(client: httpx.AsyncClient) -> None:
    found = (await client.get("/Task?_include=Task:patient")).json()

    assert (ids(found), ids(found, "include")) == (["t"], ["p1"])


async def test_what_is_unknown_is_left_out_and_named(client: httpx.AsyncClient) -> None:
    found = (await client.get("/Patient?_id=p1&_totalMethod=x")).json()

    outcome = found["entry"][-1]
    assert ids(found) == ["p1"]
    assert outcome["search"]["mode"] == "outcome"
    assert "_totalMethod" in outcome["resource"]["issue"][0]["diagnostics"]
    assert "_totalMethod" not in links(found)["self"]
    assert (await client.get("/Patient?nonsense=x", headers={"Prefer": "handling=strict"})).status_code == 400
    assert (await client.get("/Patient?_lastUpdated=soon")).status_code == 400


async def test_parts_and_counts(client: httpx.AsyncClient) -> None:
    count = (await client.get("/Patient?_summary=count")).json()
    part = (await client.get("/Patient?_id=p1&_elements=active")).json()["entry"][0]["resource"]

    assert count["total"] == 5
    assert "entry" not in count
    assert set(part) == {"resourceType", "id", "meta", "active"}
    assert part["meta"]["tag"][0]["code"] == "SUBSETTED"


async def test_what_is_not_kept_cannot_be_searched(here: Asked) -> None:
    assert (await here.client.get("/Claim")).status_code == 404
    assert (await here.client.get("http://here.example/fhir?_type=Claim")).status_code == 404
    assert here.accesses[-1].interaction == "search-system"
