"""Bundles with resources of several services, posted to one that takes them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import httpx
import pytest
from starlette.applications import Starlette

from services.directory import DIRECTORY
from shared.fhir.caller import LOCAL, Caller
from shared.fhir.refusal import Unavailable
from shared.kernel.clock import system_now
from shared.kernel.settings import Settings
from shared.kernel.trace import Cause
from shared.rest.routes import routes
from shared.service import Deployed, Owned, Service
from shared.store import handovers
from shared.store.store import Store
from shared.store.transaction import Transaction
from tests.shared.rest.conftest import BASE, SERVICE, a_type
from tests.shared.rest.test_transaction import PATIENT, UUID, an_entry, sent

T = TypeVar("T")

TAKING = replace(SERVICE, takes_foreign_bundles=True)

CLAIM_UUID = "urn:uuid:6b0f0e8e-3d51-4f2e-9c6b-1f5c6f0a5b02"


SYNTHEA = sorted((Path(__file__).parents[4] / "shared" / "data" / "synthea").glob("*.json"))

INTAKE = Service(
    name="intake",
    directory=DIRECTORY,
    owns=tuple(Owned(a_type(type)) for type in DIRECTORY.owns["intake"]),
    takes_foreign_bundles=True,
)


@pytest.fixture
async def exported(sqlite_url: str) -> AsyncIterator[httpx.AsyncClient]:
    store = Store.open(sqlite_url, service=INTAKE.name, owns=INTAKE.owns)
    app = Starlette(routes=routes(Deployed(INTAKE, store, Settings(), system_now)))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE) as client:
        yield client
    await store.close()


@pytest.fixture(params=SYNTHEA, ids=lambda path: path.stem)
def export(request: pytest.FixtureRequest) -> bytes:
    path: Path = request.param
    return path.read_bytes()


@pytest.fixture
async def taking(store: Store) -> AsyncIterator[httpx.AsyncClient]:
    app = Starlette(routes=routes(Deployed(TAKING, store, Settings(), system_now)))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE) as client:
        yield client


def an_organization(**elements: Any) -> dict[str, Any]:
    return {"resourceType": "Organization", "name": "Clinic", **elements}


class Proposal(NamedTuple):
    type: str
    id: str
    headers: str


async def proposals(store: Store) -> list[Proposal]:
    rows = await store.view(lambda view: view.connection.rows("SELECT type, id, headers FROM outbox WHERE name = 'proposed'"))
    return [Proposal(*row) for row in rows]


async def test_our_own_are_stored_and_the_others_handed_over_with_ids_that_hold(taking: httpx.AsyncClient, store: Store) -> None:
    managed = PATIENT | {"managingOrganization": {"reference": CLAIM_UUID}}

    answer = await sent(
        taking, an_entry("POST", "Patient", managed, UUID), an_entry("POST", "Organization", an_organization(), CLAIM_UUID)
    )

    own, other = (entry["response"] for entry in answer.json()["entry"])
    assert answer.status_code == 200
    assert answer.json()["type"] == "transaction-response"
    assert (own["status"], other["status"]) == ("201 Created", "202 Accepted")
    id = other["location"].split("/")[-3]
    assert other["location"] == f"http://127.0.0.1:8002/fhir/Organization/{id}/_history/1"
    patient = (await taking.get(own["location"])).json()
    assert patient["managingOrganization"]["reference"] == f"Organization/{id}"
    (proposal,) = await proposals(store)
    assert (proposal.type, proposal.id) == ("Organization", id)
    handover = answer.headers["content-location"].removeprefix("/admin/handovers/")
    assert json.loads(proposal.headers)["care-handover"] == handover
    assert await store.view(lambda view: handovers.shown(view, handover)) == {
        "id": handover,
        "status": "pending",
        "entries": [{"index": 1, "type": "Organization", "id": id, "owner": "there", "status": "pending", "outcome": None}],
    }


async def test_a_collection_is_kept_under_its_own_ids(taking: httpx.AsyncClient, store: Store) -> None:
    entries: list[dict[str, Any]] = [
        {"fullUrl": "http://ehr.example/Patient/77", "resource": PATIENT | {"id": "77"}},
        {"resource": an_organization(id="o1", partOf={"reference": "Organization/o0"})},
        {"fullUrl": UUID, "resource": {"resourceType": "Condition", "subject": {"reference": "http://ehr.example/Patient/77"}}},
    ]

    answer = await sent(taking, *entries, type="collection")

    assert answer.json()["type"] == "batch-response", answer.text
    assert [entry["response"]["status"][:3] for entry in answer.json()["entry"]] == ["201", "202", "201"]
    condition = (await taking.get(answer.json()["entry"][2]["response"]["location"])).json()
    assert condition["subject"]["reference"] == "Patient/77"
    assert [proposal.id for proposal in await proposals(store)] == ["o1"]


async def test_what_no_owner_could_take_refuses_the_whole(taking: httpx.AsyncClient, store: Store) -> None:
    answer = await sent(taking, an_entry("POST", "Patient", PATIENT), an_entry("POST", "Claim", {"resourceType": "Claim"}))

    assert answer.status_code == 422
    assert answer.json()["issue"][0]["expression"][0].startswith("Bundle.entry[1]")
    assert (await taking.get("/Patient")).json()["total"] == 0
    assert await proposals(store) == []


@pytest.mark.parametrize(
    "entry",
    [
        an_entry("GET", "Claim/1"),
        an_entry("GET", "Organization/1"),
        an_entry("DELETE", "Claim/1"),
        an_entry("PUT", "Organization?name=x", an_organization()),
        an_entry("POST", "Organization", an_organization(), ifNoneExist="name=x"),
        an_entry("PUT", "Organization/o", an_organization(id="o"), ifMatch='W/"1"'),
        an_entry("PATCH", "Organization/o", {"resourceType": "Parameters"}),
    ],
)
async def test_only_what_is_simply_to_be_kept_can_be_handed_over(taking: httpx.AsyncClient, entry: dict[str, Any]) -> None:
    answer = await sent(taking, an_entry("POST", "Patient", PATIENT), entry)

    assert answer.status_code == 422
    assert answer.json()["issue"][0]["expression"] == ["Bundle.entry[1]"]


async def test_what_nobody_owns_is_refused_or_skipped(taking: httpx.AsyncClient) -> None:
    library = an_entry("POST", "Library", {"resourceType": "Library", "status": "draft", "type": {"text": "x"}})

    refused = await sent(taking, an_entry("POST", "Patient", PATIENT), library)
    lenient = await sent(taking, an_entry("POST", "Patient", PATIENT), library, Prefer="handling=lenient")

    assert refused.status_code == 422
    assert "Library" in refused.text
    kept, skipped = (entry["response"] for entry in lenient.json()["entry"])
    assert kept["status"] == "201 Created"
    assert skipped["outcome"]["issue"][0]["severity"] == "warning"
    assert "content-location" not in lenient.headers


async def test_a_large_collection_goes_in_several_units(taking: httpx.AsyncClient, store: Store) -> None:
    entries = [{"resource": {"resourceType": "Patient", "id": f"p{number}"}} for number in range(1100)]
    entries += [{"resource": an_organization(id=f"o{number}")} for number in range(50)]

    answer = await sent(taking, *entries, type="collection")

    statuses = [entry["response"]["status"][:3] for entry in answer.json()["entry"]]
    assert statuses == ["201"] * 1100 + ["202"] * 50
    assert len(await proposals(store)) == 50


async def test_a_collection_that_is_sent_again_makes_nothing_twice(taking: httpx.AsyncClient) -> None:
    """Its entries have an id, or a fullUrl that is as good as one."""
    entries: list[dict[str, Any]] = [
        {"fullUrl": UUID, "resource": PATIENT},
        {"resource": {"resourceType": "Condition", "id": "c", "subject": {"reference": UUID}}},
    ]

    first = await sent(taking, *entries, type="collection")
    second = await sent(taking, *entries, type="collection")

    locations = [[entry["response"]["location"] for entry in answer.json()["entry"]] for answer in (first, second)]
    assert locations[0] == locations[1], "the same versions"
    assert locations[0][0].endswith(f"/Patient/{UUID.removeprefix('urn:uuid:')}/_history/1")
    condition = (await taking.get("/Condition/c")).json()
    assert condition["subject"]["reference"] == f"Patient/{UUID.removeprefix('urn:uuid:')}"


class Ending(Store):
    """A store that can take so many units of work, and then no more."""

    units_left = 3

    async def unit(self, work: Callable[[Transaction], T], *, caller: Caller = LOCAL, cause: Cause | None = None) -> T:
        if not self.units_left:
            raise Unavailable("the store is closing")
        self.units_left -= 1
        return await super().unit(work, caller=caller, cause=cause)


async def test_cut_off_between_two_units_a_large_collection_leaves_nothing_that_waits_for_ever(sqlite_url: str) -> None:
    store = Ending.open(sqlite_url, service=TAKING.name, owns=TAKING.owns)
    app = Starlette(routes=routes(Deployed(TAKING, store, Settings(), system_now)))
    entries = [{"resource": an_organization(id=f"o{number}")} for number in range(1001)]

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE) as client:
        answer = await sent(client, *entries, type="collection")

    assert answer.status_code == 503
    ((handover,),) = await store.view(lambda view: view.connection.rows("SELECT id FROM record WHERE kind = 'handover'"))
    told = await store.view(lambda view: handovers.shown(view, handover))
    assert told
    assert len(told["entries"]) == 400
    assert {entry["id"] for entry in told["entries"]} == {proposal.id for proposal in await proposals(store)}
    await store.close()


async def test_a_bundle_of_our_own_is_no_handover(taking: httpx.AsyncClient) -> None:
    answer = await sent(taking, an_entry("POST", "Patient", PATIENT))

    assert answer.status_code == 200
    assert "content-location" not in answer.headers


@pytest.mark.skipif(not SYNTHEA, reason="the exported bundles are not beside the project (../shared/data/synthea)")
async def test_a_hospitals_export_goes_in_by_one_post(exported: httpx.AsyncClient, export: bytes) -> None:
    sent_entries = json.loads(export)["entry"]

    answer = await exported.post(BASE, content=export)

    assert answer.status_code == 200, answer.text
    own = set(DIRECTORY.owns["intake"])
    for entry, answered in zip(sent_entries, answer.json()["entry"], strict=True):
        expected = "201 Created" if entry["resource"]["resourceType"] in own else "202 Accepted"
        assert answered["response"]["status"] == expected
    assert b"urn:uuid" not in (await exported.get("/_history?_count=1000&_elements=subject,patient,encounter")).content
