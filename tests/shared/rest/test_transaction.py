"""transaction: all or nothing, with references that hold."""

from __future__ import annotations

from typing import Any

import httpx
import pytest


@pytest.fixture
def store_url(database_url: str) -> str:
    return database_url


def an_entry(method: str, url: str, resource: dict[str, Any] | None = None, full_url: str = "", **request: str) -> dict[str, Any]:
    entry: dict[str, Any] = {"request": {"method": method, "url": url, **request}}
    if resource is not None:
        entry["resource"] = resource
    return entry | ({"fullUrl": full_url} if full_url else {})


async def sent(client: httpx.AsyncClient, *entries: dict[str, Any], type: str = "transaction", **headers: str) -> httpx.Response:
    bundle = {"resourceType": "Bundle", "type": type, "entry": list(entries)}
    return await client.post("http://here.example/fhir", json=bundle, headers=headers)


PATIENT = {"resourceType": "Patient", "identifier": [{"system": "urn:mrn", "value": "1"}]}
UUID = "urn:uuid:6b0f0e8e-3d51-4f2e-9c6b-1f5c6f0a5b01"


def a_condition(subject: str, **elements: Any) -> dict[str, Any]:
    return {"resourceType": "Condition", "subject": {"reference": subject}, **elements}


async def test_references_between_entries_hold_everywhere(client: httpx.AsyncClient) -> None:
    text = {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml"><a href="{UUID}">who</a></div>'}

    answer = await sent(
        client, an_entry("POST", "Condition", a_condition(UUID, text=text)), an_entry("POST", "Patient", PATIENT, UUID)
    )

    assert answer.status_code == 200, answer.text
    condition, patient = (entry["response"] for entry in answer.json()["entry"])
    assert (condition["status"], patient["status"]) == ("201 Created", "201 Created")
    id = patient["location"].split("/")[-3]
    stored = (await client.get(condition["location"])).json()
    assert stored["subject"]["reference"] == f"Patient/{id}"
    assert f'href="Patient/{id}"' in stored["text"]["div"]


async def test_the_entries_are_done_in_fhirs_order_and_answered_in_theirs(client: httpx.AsyncClient) -> None:
    await client.put("/Patient/old", json=PATIENT | {"id": "old"})

    answer = await sent(
        client,
        an_entry("GET", "Patient?identifier=urn:mrn|1"),
        an_entry("PUT", "Patient/new", PATIENT | {"id": "new"}),
        an_entry("DELETE", "Patient/old"),
    )

    read, written, deleted = answer.json()["entry"]
    assert [entry["resource"]["id"] for entry in read["resource"]["entry"]] == ["new"]
    assert (written["response"]["status"], deleted["response"]["status"]) == ("201 Created", "204 No Content")


@pytest.mark.parametrize(
    "other",
    [
        an_entry("DELETE", "Patient/old"),
        an_entry("DELETE", "Patient?identifier=urn:mrn|1"),
        an_entry("PUT", "Patient/old", PATIENT | {"id": "old"}),
        an_entry("PUT", "Patient?identifier=urn:mrn|1", PATIENT | {"id": "old"}),
    ],
    ids=lambda entry: f"{entry['request']['method']} {entry['request']['url']}",
)
async def test_what_a_conditional_delete_finds_no_other_entry_may_touch(client: httpx.AsyncClient, other: dict[str, Any]) -> None:
    await client.put("/Patient/old", json=PATIENT | {"id": "old"})

    answer = await sent(client, other, an_entry("DELETE", "Patient?identifier=urn:mrn|1"))

    assert answer.status_code == 400, answer.text
    assert (await client.get("/Patient/old")).status_code == 200


async def test_a_failing_entry_leaves_nothing_and_is_named(client: httpx.AsyncClient) -> None:
    goal = {
        "resourceType": "Goal",
        "lifecycleStatus": "active",
        "subject": {"reference": UUID},
        "description": {"text": "impossible"},
    }

    answer = await sent(client, an_entry("POST", "Patient", PATIENT, UUID), an_entry("POST", "Goal", goal))

    assert answer.status_code == 422
    assert answer.json()["issue"][0]["expression"] == ["Bundle.entry[1].resource.description"]
    assert (await client.get("/Patient")).json()["total"] == 0
    assert "entry" not in (await client.get("/_history")).json()


async def test_the_gate_looks_at_every_entry(client: httpx.AsyncClient) -> None:
    wrong = {"resourceType": "Patient", "gender": "foo"}

    answer = await sent(
        client, an_entry("POST", "Patient", wrong), an_entry("POST", "Patient", PATIENT), an_entry("POST", "Patient", wrong)
    )

    assert answer.status_code == 422
    assert [issue["expression"] for issue in answer.json()["issue"]] == [
        ["Bundle.entry[0].resource.gender"], ["Bundle.entry[2].resource.gender"],
    ]  # fmt: skip


async def test_conditional_forms_and_references(client: httpx.AsyncClient) -> None:
    await client.put("/Patient/known", json=PATIENT | {"id": "known"})
    criteria = "identifier=urn:mrn|1"

    answer = await sent(
        client,
        an_entry("POST", "Patient", PATIENT, UUID, ifNoneExist=criteria),
        an_entry("POST", "Condition", a_condition(UUID)),
        an_entry("POST", "Condition", a_condition(f"Patient?{criteria}")),
    )

    found, first, second = (entry["response"] for entry in answer.json()["entry"])
    assert (found["status"], found["location"].split("/")[-3]) == ("200 OK", "known")
    for made in (first, second):
        assert (await client.get(made["location"])).json()["subject"]["reference"] == "Patient/known"
    assert (await sent(client, an_entry("POST", "Condition", a_condition("Patient?identifier=none")))).status_code == 412


async def test_a_conditional_reference_names_who_is_there_in_the_end(client: httpx.AsyncClient) -> None:
    condition = a_condition("Patient?identifier=urn:mrn|1")

    made = await sent(client, an_entry("POST", "Condition", condition), an_entry("POST", "Patient", PATIENT))
    two = await sent(client, an_entry("POST", "Condition", condition), an_entry("POST", "Patient", PATIENT))

    assert made.status_code == 200, made.text
    written, patient = (entry["response"]["location"] for entry in made.json()["entry"])
    assert (await client.get(written)).json()["subject"]["reference"] == f"Patient/{patient.split('/')[-3]}"
    assert patient.endswith("/_history/1")
    assert two.status_code == 412, two.text
    assert two.json()["issue"][0]["expression"] == ["Bundle.entry[0].resource.subject.reference"]


async def test_preconditions_and_patches_of_entries(client: httpx.AsyncClient) -> None:
    await client.put("/Patient/p", json=PATIENT | {"id": "p"})
    patch = {"resourceType": "Binary", "contentType": "application/json-patch+json"}
    patch["data"] = "W3sib3AiOiJhZGQiLCJwYXRoIjoiL2FjdGl2ZSIsInZhbHVlIjp0cnVlfV0="

    stale = await sent(client, an_entry("PUT", "Patient/p", PATIENT | {"id": "p", "active": False}, ifMatch='W/"9"'))
    patched = await sent(client, an_entry("PATCH", "Patient?identifier=urn:mrn|1", patch))

    assert stale.status_code == 412
    assert stale.json()["issue"][0]["expression"] == ["Bundle.entry[0]"]
    assert patched.json()["entry"][0]["response"]["etag"] == 'W/"2"'
    assert (await client.get("/Patient/p")).json()["active"] is True


async def test_another_services_type_is_refused_with_its_address(client: httpx.AsyncClient) -> None:
    organization = {"resourceType": "Organization", "name": "Clinic"}

    answer = await sent(client, an_entry("POST", "Patient", PATIENT), an_entry("POST", "Organization", organization))

    assert answer.status_code == 422
    assert answer.json()["issue"][0]["expression"] == ["Bundle.entry[1]"]
    assert "http://127.0.0.1:8002/fhir" in answer.text


async def test_what_is_written_is_shown_if_wanted(client: httpx.AsyncClient) -> None:
    silent = await sent(client, an_entry("POST", "Patient", PATIENT))
    shown = await sent(client, an_entry("POST", "Patient", PATIENT), Prefer="return=representation")

    assert "resource" not in silent.json()["entry"][0]
    assert shown.json()["entry"][0]["resource"]["resourceType"] == "Patient"


async def test_numbers_go_through_a_bundle_unchanged(client: httpx.AsyncClient) -> None:
    observation = b'{"resourceType":"Observation","status":"final","code":{"text":"w"},"subject":{"reference":"%b"},%b}'
    entry = b'{"resource":%b,"request":{"method":"POST","url":"Observation"}}'
    patient = b'{"fullUrl":"%b","resource":{"resourceType":"Patient"},"request":{"method":"POST","url":"Patient"}}'
    uuid = UUID.encode()
    bundle = b'{"resourceType":"Bundle","type":"transaction","entry":[%b,%b]}' % (
        entry % (observation % (uuid, b'"valueQuantity":{"value":1.500}')),
        patient % uuid,
    )

    answer = await client.post("http://here.example/fhir", content=bundle)

    assert b"1.500" in (await client.get(answer.json()["entry"][0]["response"]["location"])).content


async def test_too_many_entries_and_other_bundles_are_refused(client: httpx.AsyncClient) -> None:
    assert (await sent(client, *[an_entry("POST", "Patient", PATIENT)] * 1001)).status_code == 413
    assert (await sent(client, an_entry("POST", "Patient", PATIENT), type="collection")).status_code == 422
    assert (await sent(client, type="nonsense")).status_code == 400
    assert (await client.post("http://here.example/fhir", json=PATIENT)).status_code == 400
