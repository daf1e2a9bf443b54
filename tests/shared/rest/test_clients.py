"""Clients that others wrote, unmodified, over a real socket."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator

import httpx
import pytest
import uvicorn
from fhirpy import AsyncFHIRClient
from fhirpy.base.exceptions import MultipleResourcesFound, OperationOutcome, ResourceNotFound
from starlette.applications import Starlette

from shared.kernel.clock import system_now
from shared.kernel.settings import Settings
from shared.rest.routes import routes
from shared.service import Deployed
from shared.store.store import Store
from tests.shared.rest.conftest import SERVICE


@pytest.fixture
async def address(store: Store) -> AsyncIterator[str]:
    app = Starlette(routes=routes(Deployed(SERVICE, store, Settings(max_body_bytes=100_000), system_now)))
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
    serving = asyncio.create_task(server.serve([listening]))
    async with asyncio.timeout(10):
        while not server.started:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{listening.getsockname()[1]}/fhir"
    server.should_exit = True
    await serving


@pytest.fixture
def fhirpy(address: str) -> AsyncFHIRClient:
    return AsyncFHIRClient(address)


async def test_fhirpy_saves_finds_patches_and_deletes(fhirpy: AsyncFHIRClient) -> None:
    patient = fhirpy.resource("Patient", name=[{"family": "Chalmers", "given": ["Peter"]}], active=True)
    await patient.save()
    patient["birthDate"] = "1974-12-25"
    await patient.save()

    found = await fhirpy.resources("Patient").search(family="chalmers", birthdate__ge="1970").sort("-_lastUpdated").fetch_all()
    assert [each["id"] for each in found] == [patient["id"]]

    await patient.patch(active=False)
    assert (await fhirpy.reference("Patient", patient["id"]).to_resource())["active"] is False

    await patient.delete()  # type: ignore[no-untyped-call]
    with pytest.raises(ResourceNotFound):
        await fhirpy.reference("Patient", patient["id"]).to_resource()


async def test_fhirpy_creates_and_updates_conditionally(fhirpy: AsyncFHIRClient) -> None:
    identifier = [{"system": "urn:mrn", "value": "1"}]
    patients = fhirpy.resources("Patient").search(identifier="urn:mrn|1")

    first, created = await patients.get_or_create(fhirpy.resource("Patient", identifier=identifier))
    second, again = await patients.get_or_create(fhirpy.resource("Patient", identifier=identifier))
    changed, _ = await patients.update(fhirpy.resource("Patient", identifier=identifier, active=True))

    assert (created, again) == (True, False)
    assert first["id"] == second["id"] == changed["id"]
    assert await patients.count() == 1
    await fhirpy.resource("Patient", identifier=identifier).save()
    with pytest.raises(MultipleResourcesFound):
        await patients.get()


async def test_fhirpy_includes_and_follows_pages(fhirpy: AsyncFHIRClient) -> None:
    patient = fhirpy.resource("Patient", id="p")
    await patient.save()
    for number in range(7):
        await fhirpy.resource(
            "Condition", subject=patient.to_reference(), code={"text": f"c{number}"}, recordedDate=f"2026-01-0{number + 1}"
        ).save()

    conditions = fhirpy.resources("Condition").search(subject=patient).sort("recorded-date").limit(3)

    assert [each["code"]["text"] async for each in conditions] == [f"c{number}" for number in range(7)]
    bundle = await fhirpy.resources("Condition").include("Condition", "subject").limit(1).fetch_raw()
    assert [entry["resource"]["resourceType"] for entry in bundle["entry"]] == ["Condition", "Patient"]


async def test_fhirpy_is_told_what_is_wrong(fhirpy: AsyncFHIRClient) -> None:
    with pytest.raises(OperationOutcome, match=r"Patient\.gender"):
        await fhirpy.resource("Patient", gender="foo").save()
    assert await fhirpy.resource("Patient", gender="male").is_valid()
    assert not await fhirpy.resource("Patient", gender="foo").is_valid()


async def test_a_body_in_pieces_is_refused_as_soon_as_it_is_too_large(address: str) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(1000):
            yield b" " * 10_000

    async with httpx.AsyncClient() as client:
        answer = await client.post(f"{address}/Patient", content=endless())

    assert answer.status_code == 413
    assert answer.json()["resourceType"] == "OperationOutcome"


async def test_the_habits_of_other_clients_are_understood(address: str) -> None:
    """What fhirclient, fhir-kit-client and @medplum/core send, in the order in which they do."""
    habits = {"Accept": "application/fhir+json, */*; q=0.1", "Content-Type": "application/json", "Prefer": "return=presentation"}
    identifier = {"identifier": [{"system": "urn:mrn", "value": "1"}]}
    a_read = {"resourceType": "Bundle", "type": "batch", "entry": [{"request": {"method": "GET", "url": "/Patient?active=true"}}]}

    async with httpx.AsyncClient(headers=habits) as client:
        stated = await client.get(f"{address}/metadata")
        created = await client.post(f"{address}/Patient", json={"resourceType": "Patient", **identifier})
        own = created.json()
        again = await client.post(
            f"{address}/Patient", json={"resourceType": "Patient"}, headers={"If-None-Exist": "identifier=urn:mrn|1"}
        )
        with_its_meta = await client.put(f"{address}/Patient/{own['id']}", json={**own, "active": True})
        found = await client.get(f"{address}/Patient?identifier=urn:mrn|1&_totalMethod=count")
        batched = await client.post(f"{address}/", json=a_read)

    assert stated.json()["fhirVersion"] == "4.0.1"
    assert (created.status_code, again.status_code, again.json()["id"]) == (201, 200, own["id"])
    assert (with_its_meta.status_code, with_its_meta.json()["meta"]["versionId"]) == (200, "2")
    assert found.json()["total"] == 1
    assert batched.json()["entry"][0]["resource"]["total"] == 1
