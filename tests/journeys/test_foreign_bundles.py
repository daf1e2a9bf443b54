"""One bundle to intake, as a hospital exports it: its entries arrive at their owners, and everything hangs together."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from deploy.demo.stack import Stack
from deploy.demo.stage import Refused, Stage
from services.directory import DIRECTORY

Resource = dict[str, Any]

SYNTHEA = Path(__file__).parents[3] / "shared" / "data" / "synthea"
BUNDLES = ("Alberto_Atencio", "Edward_Gulgowski", "Luigi_Wiegand", "Stanley_Balistreri")
FHIR = {"Content-Type": "application/fhir+json"}


@pytest.mark.parametrize("name", BUNDLES)
async def test_a_hospital_export_arrives_at_its_owners_with_every_reference(stack: Stack, name: str) -> None:
    path = SYNTHEA / f"{name}.json"
    if not path.exists():
        pytest.skip(f"the shared data has no {path}")
    async with stack.stage() as stage:
        stored = await hand_over(stage, orjson.loads(path.read_bytes()))

        assert await dangling(stage, stored) == []
        family = name.partition("_")[2]
        claims = [each for each in stored if each["resourceType"] == "Claim"]
        assert await found_by_name(stage, "Claim", family) == ids(claims)
        if plans := [each for each in stored if each["resourceType"] == "CarePlan"]:
            assert await found_by_name(stage, "CarePlan", family) == ids(plans)


async def test_a_bundle_with_types_of_all_owners_and_conditional_references_arrives(stack: Stack) -> None:
    async with stack.stage() as stage:
        await stage.put(patient("known", "MRN-known"))

        stored = await hand_over(stage, our_bundle())

        assert sorted({DIRECTORY.owner(each["resourceType"]) or "" for each in stored}) == sorted(DIRECTORY.owns)
        assert await dangling(stage, stored) == []
        by_type = {each["resourceType"]: each for each in stored}
        assert by_type["Coverage"]["beneficiary"] == {"reference": "Patient/known"}
        assert by_type["Patient"]["id"] == "known"
        assert by_type["Appointment"]["participant"][0]["actor"] == {"reference": "Patient/known"}
        assert by_type["Appointment"]["slot"] == [{"reference": f"Slot/{by_type['Slot']['id']}"}]


async def test_a_bundle_that_no_owner_could_take_leaves_nothing(stack: Stack) -> None:
    bundle = our_bundle("nothing")
    next(entry for entry in bundle["entry"] if entry["resource"]["resourceType"] == "Coverage")["resource"].pop("payor")
    async with stack.stage() as stage:
        with pytest.raises(Refused) as refused:
            await stage.transaction("intake", bundle)

        assert refused.value.status == 422
        assert await stage.search("Encounter?identifier=urn:tests:visit|nothing") == []


async def hand_over(stage: Stage, bundle: Resource) -> list[Resource]:
    """Post it to intake, wait for the owners, and answer what is stored, in the order of the entries."""
    answer = await stage.answer("intake", "POST", "", orjson.dumps(bundle), FHIR)
    handover = answer.headers["Content-Location"].lstrip("/")

    async def done() -> Resource | None:
        told = await stage.admin("intake", handover)
        return None if told["status"] == "pending" else told

    told = await stage.until(done, f"end of {handover}")
    assert told["status"] == "done", [entry for entry in told["entries"] if entry["status"] != "accepted"]
    places = [entry["response"]["location"] for entry in answer.json()["entry"]]
    return [await stored_at(stage, place) for place in places]


async def stored_at(stage: Stage, location: str) -> Resource:
    reference = "/".join(location.partition("/_history/")[0].split("/")[-2:])
    found = await stage.read(reference)
    assert found is not None, f"{location} is not at its owner"
    return found


async def dangling(stage: Stage, stored: list[Resource]) -> list[str]:
    """References that lead to nothing, wherever they stand."""
    targets = {target for resource in stored for target in references(resource)}
    return [target for target in sorted(targets) if await stage.read(target) is None]


def references(element: Any) -> Iterator[str]:
    if isinstance(element, list):
        for each in element:
            yield from references(each)
    elif isinstance(element, dict):
        for name, value in element.items():
            if name == "reference" and isinstance(value, str) and not value.startswith("#"):
                yield value
            else:
                yield from references(value)


async def found_by_name(stage: Stage, type: str, family: str) -> list[str]:
    """At the type's owner, which keeps copies of patients for this; they arrive a moment later."""

    async def found() -> list[str]:
        return ids(await stage.search(f"{type}?patient.name={family}"))

    return await stage.until(found, f"{type} of {family}")


def ids(resources: list[Resource]) -> list[str]:
    return sorted(each["id"] for each in resources)


def patient(id: str, number: str) -> Resource:
    return {
        "resourceType": "Patient",
        "id": id,
        "identifier": [{"system": "urn:tests:mrn", "value": number}],
        "name": [{"family": "Castellanos"}],
    }


def our_bundle(visit: str = "ours") -> Resource:
    """Types of all four services; the patient by a conditional reference, everything else by `urn:uuid`."""
    person = {"reference": "Patient?identifier=urn:tests:mrn|MRN-known"}
    payor, schedule, slot, plan, desk = (f"urn:uuid:00000000-0000-4000-8000-00000000000{number}" for number in range(5))
    hour = {"start": "2027-02-01T09:00:00Z", "end": "2027-02-01T10:00:00Z"}
    resources: list[tuple[str, Resource, Resource]] = [
        ("", patient("any", "MRN-known"), {"ifNoneExist": "identifier=urn:tests:mrn|MRN-known"}),
        (payor, {"resourceType": "Organization", "name": "Payer"}, {}),
        (
            "",
            {
                "resourceType": "Encounter",
                "identifier": [{"system": "urn:tests:visit", "value": visit}],
                "status": "planned",
                "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
                "subject": person,
            },
            {},
        ),
        (
            "",
            {"resourceType": "Coverage", "status": "active", "beneficiary": person, "payor": [{"reference": payor}]},
            {},
        ),
        (plan, {"resourceType": "CarePlan", "status": "draft", "intent": "proposal", "subject": person}, {}),
        (desk, {"resourceType": "Location", "name": "Front desk"}, {}),
        (schedule, {"resourceType": "Schedule", "actor": [{"reference": desk}]}, {}),
        (slot, {"resourceType": "Slot", "schedule": {"reference": schedule}, "status": "free", **hour}, {}),
        (
            "",
            {
                "resourceType": "Appointment",
                "status": "booked",
                **hour,
                "slot": [{"reference": slot}],
                "participant": [{"actor": person, "status": "accepted"}],
            },
            {},
        ),
        (
            "",
            {"resourceType": "Task", "status": "requested", "intent": "order", "for": person, "basedOn": [{"reference": plan}]},
            {},
        ),
    ]
    entries = [
        ({"fullUrl": url} if url else {})
        | {"resource": resource, "request": {"method": "POST", "url": resource["resourceType"]} | more}
        for url, resource, more in resources
    ]
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}
