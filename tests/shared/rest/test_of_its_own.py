"""AuditEvent, Provenance and Subscription: every service keeps its own, and tells nobody."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.shared.rest.conftest import Asked
from tests.shared.rest.test_transaction import PATIENT, an_entry, sent

WHO = {"reference": "Practitioner/1"}
OF_ITS_OWN: list[dict[str, Any]] = [
    {
        "resourceType": "AuditEvent",
        "type": {"system": "http://terminology.hl7.org/CodeSystem/audit-event-type", "code": "rest"},
        "recorded": "2026-11-23T12:00:00Z",
        "agent": [{"who": WHO, "requestor": True}],
        "source": {"observer": WHO},
    },
    {
        "resourceType": "Provenance",
        "target": [{"reference": "Patient/1"}],
        "recorded": "2026-11-23T12:00:00Z",
        "agent": [{"who": WHO}],
    },
    {
        "resourceType": "Subscription",
        "status": "requested",
        "reason": "to know",
        "criteria": "Patient?active=true",
        "channel": {"type": "rest-hook"},
    },
]


@pytest.mark.parametrize("resource", OF_ITS_OWN, ids=lambda resource: str(resource["resourceType"]))
async def test_a_service_keeps_its_own_and_tells_nobody(here: Asked, resource: dict[str, Any]) -> None:
    type = resource["resourceType"]

    created = await here.client.post(f"/{type}", json=resource)

    found = (await here.client.get(f"/{type}?_lastUpdated=gt2020")).json()
    stated = (await here.client.get("/metadata")).json()["rest"][0]["resource"]
    told = await here.store.view(lambda view: view.connection.rows("SELECT type FROM outbox"))
    assert created.status_code == 201, created.text
    assert [entry["resource"]["id"] for entry in found["entry"]] == [created.json()["id"]]
    assert "create" in [each["code"] for one in stated if one["type"] == type for each in one["interaction"]]
    assert told == []


async def test_a_transaction_may_say_where_its_resources_are_from(client: httpx.AsyncClient) -> None:
    uuid = "urn:uuid:6b0f0e8e-3d51-4f2e-9c6b-1f5c6f0a5b01"
    provenance = {**OF_ITS_OWN[1], "target": [{"reference": uuid}]}

    answer = await sent(
        client, an_entry("POST", "Provenance", provenance), an_entry("POST", "Patient", PATIENT) | {"fullUrl": uuid}
    )

    assert answer.status_code == 200, answer.text
    assert (await client.get("/Provenance?target:Patient.identifier=urn:mrn|1&_total=accurate")).json()["total"] == 1
