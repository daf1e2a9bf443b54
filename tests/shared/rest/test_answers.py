"""Whatever is answered is itself legal R4, and tells nothing from inside."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest
from starlette.applications import Starlette

from shared.fhir import gate
from shared.fhir.issue import Resource
from shared.kernel.clock import system_now
from shared.kernel.settings import Settings
from shared.rest.access import Access
from shared.rest.routes import routes
from shared.service import Call, Deployed, Operation
from shared.store.store import Store
from shared.store.transaction import Transaction
from tests.shared.rest.conftest import BASE, SERVICE
from tests.shared.rest.test_transaction import PATIENT, an_entry, sent


@pytest.mark.parametrize(
    "path",
    [
        "/metadata",
        "/Patient",
        "/Patient?_count=1&nonsense=1",
        "/Patient?_summary=true",
        "/Patient?_elements=active",
        "/Patient?_summary=count",
        "/Patient?_id=none",
        "/Patient/_history?_count=1",
        "/Patient/p/_history?_elements=active",
        "/_history",
        "/Patient/none",
        "/Patient/gone",
        "/Patient?_lastUpdated=x",
        "/Nonsense",
        "/Patient/p/$nonsense",
        "/?_type=Patient",
    ],
)
async def test_every_answer_passes_the_gate(client: httpx.AsyncClient, path: str) -> None:
    for id in ("p", "q", "gone"):
        assert (await client.put(f"/Patient/{id}", json=PATIENT | {"id": id})).status_code == 201
    await client.delete("/Patient/gone")

    assert gate.check((await client.get(path)).json()) == []


@pytest.mark.parametrize("type", ["batch", "transaction"])
async def test_answers_to_bundles_pass_the_gate(client: httpx.AsyncClient, type: str) -> None:
    entries = (
        an_entry("POST", "Patient", PATIENT),
        an_entry("PUT", "Patient/p", PATIENT | {"id": "p"}),
        an_entry("GET", "Patient"),
        an_entry("DELETE", "Patient/q"),
    )

    assert gate.check((await sent(client, *entries, type=type)).json()) == []
    assert gate.check((await sent(client, *entries, type=type, Prefer="return=representation")).json()) == []
    assert gate.check((await sent(client, an_entry("GET", "Patient/none"), type=type)).json()) == []


def fail(call: Call, tx: Transaction) -> Resource:
    raise RuntimeError(f"the secret of {call.type}")


@pytest.fixture
async def failing(store: Store) -> AsyncIterator[tuple[httpx.AsyncClient, list[Access]]]:
    accesses: list[Access] = []
    service = replace(SERVICE, operations=(Operation("Patient", "$fail", fail, "type", reads=True),))
    app = Starlette(routes=routes(Deployed(service, store, Settings(), system_now), accesses.append))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE) as client:
        yield client, accesses


async def test_what_nobody_foresaw_is_an_outcome_without_internals(failing: tuple[httpx.AsyncClient, list[Access]]) -> None:
    client, accesses = failing

    answer = await client.get("/Patient/$fail")

    assert answer.status_code == 500
    assert gate.check(answer.json()) == []
    assert "secret" not in answer.text
    assert answer.headers["x-request-id"] in answer.text
    assert (accesses[-1].interaction, accesses[-1].outcome) == ("$fail", 500)
