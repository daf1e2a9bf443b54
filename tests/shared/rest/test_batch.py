"""batch: every entry by itself."""

from __future__ import annotations

import httpx

from tests.shared.rest.conftest import Asked
from tests.shared.rest.test_transaction import PATIENT, a_condition, an_entry, sent


async def test_every_entry_has_an_outcome_of_its_own(client: httpx.AsyncClient) -> None:
    answer = await sent(
        client,
        an_entry("POST", "Patient", PATIENT),
        an_entry("POST", "Patient", {"resourceType": "Patient", "gender": "foo"}),
        an_entry("GET", "Patient?identifier=urn:mrn|1"),
        an_entry("GET", "Patient/nobody"),
        an_entry("POST", "Organization", {"resourceType": "Organization", "name": "Clinic"}),
        an_entry("DELETE", "Patient"),
        an_entry("GET", "metadata"),
        type="batch",
    )

    bundle = answer.json()
    assert (answer.status_code, bundle["type"]) == (200, "batch-response")
    statuses = [entry["response"]["status"][:3] for entry in bundle["entry"]]
    assert statuses == ["201", "422", "200", "404", "422", "400", "200"]
    assert bundle["entry"][1]["response"]["outcome"]["issue"][0]["expression"] == ["Bundle.entry[1].resource.gender"]
    assert bundle["entry"][2]["resource"]["total"] == 1


async def test_a_refused_entry_leaves_the_others_of_its_chunk(client: httpx.AsyncClient) -> None:
    goal = {"resourceType": "Goal", "lifecycleStatus": "active", "subject": {"reference": "Patient/p"}}
    entries = [
        an_entry("POST", "Goal", goal | {"description": {"text": "impossible" if number % 2 else "walk"}})
        for number in range(450)
    ]

    answer = await sent(client, *entries, type="batch")

    statuses = [entry["response"]["status"][:3] for entry in answer.json()["entry"]]
    assert statuses == ["201", "422"] * 225
    assert (await client.get("/Goal?_summary=count")).json()["total"] == 225


async def test_who_listens_hears_of_every_entry(here: Asked) -> None:
    await sent(here.client, an_entry("POST", "Patient", PATIENT), an_entry("GET", "Patient/nobody"), type="batch")

    heard = [(access.interaction, access.type, access.outcome) for access in here.accesses]
    assert heard == [("create", "Patient", 201), ("read", "Patient", 404), ("transaction", "", 200)]


async def test_an_entry_may_name_others_by_a_search(client: httpx.AsyncClient) -> None:
    await client.put("/Patient/known", json=PATIENT | {"id": "known"})

    answer = await sent(
        client,
        an_entry("POST", "Condition", a_condition("Patient?identifier=urn:mrn|1")),
        an_entry("POST", "Condition", a_condition("Patient?identifier=urn:mrn|2")),
        type="batch",
    )

    found, nobody = (entry["response"] for entry in answer.json()["entry"])
    assert (await client.get(found["location"])).json()["subject"]["reference"] == "Patient/known"
    assert nobody["status"][:3] == "412"
    assert nobody["outcome"]["issue"][0]["expression"] == ["Bundle.entry[1].resource.subject.reference"]
