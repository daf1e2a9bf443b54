"""After a merge either patient leads to what names the other: directly, along chains, back along `_has`, and in includes."""

from __future__ import annotations

import pytest

from shared.fhir.query import parse
from shared.store.store import Store
from tests.conftest import OpenStore
from tests.contracts.plans import PLAN, Kept, a_plan, put

PATIENT = Kept("Patient")


@pytest.fixture
async def store(open_store: OpenStore) -> Store:
    """Twin was merged into River; the JSON of the plan `of-twin` still names Twin. Ash is somebody else."""
    store = open_store(owns=[PLAN, PATIENT])
    for id in ("river", "twin", "ash"):
        patient = {"resourceType": "Patient", "id": id, "name": [{"family": id}], "gender": "other"}
        await store.unit(put(patient, id))
        await store.unit(put(a_plan("active", subject={"reference": f"Patient/{id}"}), f"of-{id}"))
    link = [{"other": {"reference": "Patient/river"}, "type": "replaced-by"}]
    await store.unit(lambda tx: tx.save({**(tx.read("Patient", "twin") or {}), "active": False, "link": link}))
    return store


BOTH = ["of-river", "of-twin"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("CarePlan?patient=twin", BOTH),
        ("CarePlan?patient=Patient/river", BOTH),
        ("CarePlan?patient.family=twin", BOTH),
        ("CarePlan?patient.family=river", BOTH),
        ("CarePlan?_id=of-river&patient.family=twin", ["of-river"]),
        ("CarePlan?_id=of-twin&patient.family=twin", ["of-twin"]),
        ("CarePlan?patient.family=ash", ["of-ash"]),
        ("CarePlan?patient._id=twin", BOTH),
        ("Patient?_has:CarePlan:patient:_id=of-twin", ["river", "twin"]),
        ("Patient?_has:CarePlan:patient:_id=of-river", ["river", "twin"]),
        ("Patient?_id=twin&_has:CarePlan:patient:status=active", ["twin"]),
        ("Patient?_has:CarePlan:patient:_id=of-ash", ["ash"]),
        ("Patient?_id=twin", ["twin"]),
    ],
)
async def test_either_is_found_by_both(store: Store, query: str, expected: list[str]) -> None:
    assert sorted(found["id"] for found in await store.view(lambda view: view.search(query))) == expected


@pytest.mark.parametrize(
    ("type", "pairs", "expected"),
    [
        ("Patient", [("_id", "twin"), ("_revinclude", "CarePlan:patient")], BOTH),
        ("Patient", [("_id", "river"), ("_revinclude", "CarePlan:patient")], BOTH),
        ("CarePlan", [("_id", "of-twin"), ("_include", "CarePlan:patient")], ["river", "twin"]),
        ("CarePlan", [("_id", "of-river"), ("_include", "CarePlan:patient")], ["river"]),
        ("CarePlan", [("_id", "of-ash"), ("_include", "CarePlan:patient")], ["ash"]),
    ],
)
async def test_what_goes_along_leads_to_the_survivor_and_to_whom_the_json_names(
    store: Store, type: str, pairs: list[tuple[str, str]], expected: list[str]
) -> None:
    found = await store.view(lambda view: view.find(parse(type, pairs, strict=True, now=view.now)))

    assert sorted(version.id for version in found.included) == expected
