"""One bundle to intake, as a hospital exports it: its entries arrive at their owners, and everything hangs together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from typing import Any

import httpx
import orjson
import pytest

from deploy.demo.stack import Stack
from deploy.demo.stage import Refused, Stage
from services.directory import DIRECTORY

Resource = dict[str, Any]

SYNTHEA = Path(__file__).parents[3] / "shared" / "data" / "synthea"
BUNDLES = ("Alberto_Atencio", "Edward_Gulgowski", "Luigi_Wiegand", "Stanley_Balistreri")
MINUTES_SECONDS = 180.0
"""How long a thousand proposals may take to be answered where many processes share a machine."""

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


async def test_seventy_entries_with_types_of_all_owners_arrive_with_every_reference(stack: Stack) -> None:
    async with stack.stage() as stage:
        answer = await stage.answer("intake", "POST", "", orjson.dumps(seventy("whole")), FHIR)

        statuses = [entry["response"]["status"] for entry in answer.json()["entry"]]
        assert Counter(statuses) == {"201 Created": 24, "202 Accepted": 46}
        told = await fates(stage, answer)
        assert (told["status"], Counter(entry["owner"] for entry in told["entries"])) == (
            "done",
            {"careplan": 23, "coverage": 12, "scheduling": 11},
        )
        assert {entry["status"] for entry in told["entries"]} == {"accepted"}
        stored = [await stored_at(stage, entry["response"]["location"]) for entry in answer.json()["entry"]]
        assert await dangling(stage, stored) == []
        assert not [target for resource in stored for target in references(resource) if target.startswith("urn:")]


async def test_one_broken_entry_rolls_all_back_and_hands_nothing_over(stack: Stack) -> None:
    """Broken by what its owner knows only when it comes to it: a precondition that does not hold."""
    bundle = seventy("broken")
    bundle["entry"][40]["request"] = {"method": "PUT", "url": "Organization/payer-broken", "ifMatch": 'W/"7"'}
    bundle["entry"][40]["resource"] = {"resourceType": "Organization", "id": "payer-broken", "name": "Payer"}
    async with stack.stage() as stage:
        with pytest.raises(Refused) as refused:
            await stage.transaction("intake", bundle)

        assert refused.value.status == 412
        assert refused.value.outcome["issue"][0]["expression"] == ["Bundle.entry[40]"]
        assert await stage.search("Encounter?identifier=urn:tests:visit|broken") == []
        await stage.put({"resourceType": "Coverage", "id": "marker", **a_coverage("broken-marker")})
        for type in ("Coverage", "CarePlan", "Appointment"):
            assert await stage.search(f"{type}?identifier=urn:tests:bundle|broken") == []


async def test_what_an_owner_refuses_is_a_dead_letter_that_all_can_see_and_the_rest_is_kept(stack: Stack) -> None:
    """The therapist has somebody else at that hour, which only scheduling knows."""
    bundle = seventy("refused")
    async with stack.stage() as stage:
        booked = next(each["resource"] for each in bundle["entry"] if each["resource"]["resourceType"] == "Appointment")
        taken = [{"actor": {"reference": "Practitioner/taken"}, "status": "accepted"}]
        await stage.put(booked | {"id": "before-refused", "participant": taken})
        booked["participant"] = [*booked["participant"], *taken]

        answer = await stage.answer("intake", "POST", "", orjson.dumps(bundle), FHIR)
        told = await fates(stage, answer)

        assert (told["status"], Counter(entry["status"] for entry in told["entries"])) == (
            "failed",
            {"accepted": 45, "rejected": 1},
        )
        [refused] = [entry for entry in told["entries"] if entry["status"] == "rejected"]
        assert (refused["type"], refused["owner"]) == ("Appointment", "scheduling")
        assert "Practitioner/taken" in refused["outcome"]["issue"][0]["diagnostics"]
        letters = (await stage.admin("intake", "admin/dead-letters"))["letters"]
        assert f"Appointment/{refused['id']}" in {letter["about"] for letter in letters}


async def test_a_collection_of_five_thousand_arrives_and_is_the_same_when_sent_again(stack: Stack) -> None:
    async with stack.stage() as stage:
        collection = orjson.dumps(a_collection(5_000))
        before = peak_of(stack, "intake")

        async with httpx.AsyncClient(timeout=None) as http:
            address = f"http://127.0.0.1:{stack.ports + 1}/fhir"
            first, again = [await http.post(address, content=collection, headers=FHIR) for _ in range(2)]

        assert peak_of(stack, "intake") - before < 150_000_000, "some 12 kB for each entry; 10,000 are the most"
        locations = [[entry["response"]["location"] for entry in answer.json()["entry"]] for answer in (first, again)]
        assert len(locations[0]) == 5_000
        assert locations[0] == locations[1]
        for answer in (first, again):
            told = await fates(stage, answer)
            assert (told["status"], len(told["entries"])) == ("done", 999)


async def test_a_collection_of_more_than_can_be_held_is_refused_before_anything_is_kept(stack: Stack) -> None:
    async with stack.stage() as stage:
        with pytest.raises(Refused) as refused:
            await stage.transaction("intake", a_collection(10_001))

        assert refused.value.status == 413


async def fates(stage: Stage, answer: httpx.Response) -> Resource:
    """`GET /admin/handovers/<id>`, once every owner has answered."""
    handover = answer.headers["Content-Location"].lstrip("/")

    last = monotonic() + MINUTES_SECONDS
    while (told := await stage.admin("intake", handover))["status"] == "pending":
        assert monotonic() < last, f"{handover} is still pending"
        await stage.settle()
    return told


def peak_of(stack: Stack, name: str) -> int:
    """The most memory that a service's process has held, in bytes."""
    process = (stack.folder / "run" / f"{name}.pid").read_text().strip()
    [line] = [line for line in Path(f"/proc/{process}/status").read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) * 1024


def a_collection(entries: int) -> Resource:
    """Observations and Goals (which careplan owns) of one patient, named by `urn:uuid` alone; the patient comes last."""

    def resource(number: int) -> Resource:
        if number == 0:
            return {"resourceType": "Patient", "name": [{"family": "Collected"}]}
        if number % 5 == 0:
            return {
                "resourceType": "Goal",
                "lifecycleStatus": "proposed",
                "description": {"text": str(number)},
                "subject": subject,
            }
        code = {"text": f"measured {number}"}
        return {"resourceType": "Observation", "status": "final", "code": code, "subject": subject, "valueInteger": number}

    subject = {"reference": url_of(7, 0)}
    listed = [{"fullUrl": url_of(7, number), "resource": resource(number)} for number in range(entries)]
    listed[0], listed[-1] = listed[-1], listed[0]
    return {"resourceType": "Bundle", "type": "collection", "entry": listed}


def url_of(bundle: int, number: int) -> str:
    return f"urn:uuid:00000000-0000-4000-8000-{bundle:04x}{number:08x}"


def a_coverage(key: str) -> Resource:
    return {
        "identifier": [{"system": "urn:tests:bundle", "value": key}],
        "status": "active",
        "beneficiary": {"reference": "Patient/whoever"},
        "payor": [{"reference": "Organization/whoever"}],
    }


def seventy(key: str) -> Resource:
    """A transaction of 70 entries, of types of all four owners, that refer to each other by `urn:uuid` only."""
    number = sum(map(ord, key))
    person, payer, plan, desk = ({"reference": url_of(number, place)} for place in range(4))
    mark = {"identifier": [{"system": "urn:tests:bundle", "value": key}]}
    resources: list[Resource] = [
        {"resourceType": "Patient", "name": [{"family": "Seventy"}]},
        {"resourceType": "Organization", "name": "Payer"},
        {"resourceType": "CarePlan", "status": "draft", "intent": "proposal", "subject": person} | mark,
        {"resourceType": "Location", "name": "Desk"},
        {"resourceType": "Schedule", "actor": [desk]},
        {
            "resourceType": "Encounter",
            "identifier": [{"system": "urn:tests:visit", "value": key}],
            "status": "planned",
            "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
            "subject": person,
        },
    ]
    for hour in range(20):
        resources.append({"resourceType": "Observation", "status": "final", "code": {"text": "o"}, "subject": person})
        resources.append({"resourceType": "Task", "status": "requested", "intent": "order", "for": person, "basedOn": [plan]})
        if hour % 2:
            day = {"start": f"2027-03-{hour:02}T09:00:00Z", "end": f"2027-03-{hour:02}T10:00:00Z"}
            visit = {"status": "booked", "participant": [{"actor": person, "status": "accepted"}]}
            resources.append({"resourceType": "Appointment", **day, **visit, **mark})
        else:
            resources.append({"resourceType": "Coverage", **a_coverage(key), "beneficiary": person, "payor": [payer]})
    resources += [{"resourceType": "Goal", "lifecycleStatus": "proposed", "description": {"text": "walk"}, "subject": person}] * 2
    resources += [{"resourceType": "Coverage", **a_coverage(key), "beneficiary": person, "payor": [payer]}] * 2
    entries = [
        {"fullUrl": url_of(number, place), "resource": resource, "request": {"method": "POST", "url": resource["resourceType"]}}
        for place, resource in enumerate(resources)
    ]
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


async def hand_over(stage: Stage, bundle: Resource) -> list[Resource]:
    """Post it to intake, wait for the owners, and answer what is stored, in the order of the entries."""
    answer = await stage.answer("intake", "POST", "", orjson.dumps(bundle), FHIR)
    told = await fates(stage, answer)
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
